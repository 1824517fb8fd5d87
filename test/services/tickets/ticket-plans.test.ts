import type { Role } from '../../../domain/shared/actor';
import { listPage } from '../../../services/listing';
import { ticketResource } from '../../../services/tickets/ticket';
import { testDatabase } from '../../support/database';
import {
  company,
  contact,
  contextFor,
  manyTickets,
  saleOrder,
  type TestTeam,
  team,
  type World,
} from '../../support/factories';
import { recordQueries } from '../../support/recorded-queries';

const database = testDatabase();
let world: World;
let busy: TestTeam;
let small: TestTeam;
let contactId: string;
let lineId: string;

beforeAll(async () => {
  world = await company(database);
  contactId = await contact(world);
  lineId = (await saleOrder(world, { contactId })).lineId;
  busy = await team(world);
  small = await team(world, { name: 'Small' });
  await manyTickets(world, small, { count: 300 });
  const named = { contactId, assigneeId: world.users.agent.id, saleOrderLineId: lineId };
  await manyTickets(world, busy, { count: 30_000, ...named });
});

/** The plan of one page as PostgreSQL really runs it, with nothing switched off. */
async function planOf(role: Role, sort: string, filters: Record<string, string>): Promise<string> {
  const recorded = recordQueries(database);
  const context = { ...contextFor(world, { role }), database: recorded.database };
  await listPage(context, ticketResource, {
    limit: 50,
    sort,
    filters: { archived: 'false', ...filters },
  });
  return recorded.lastPlan();
}

/** Each filter with the index that gives it newest first, without reading more than the page. */
const newestFirst: readonly [string, () => Record<string, string>, string][] = [
  ['none', () => ({}), 'ticket_pkey'],
  ['teamId', () => ({ teamId: small.id }), 'ticket_company_id_team_id_id_idx'],
  ['stageId', () => ({ stageId: small.stages.new }), 'ticket_company_id_stage_id_id_idx'],
  ['assigneeId', () => ({ assigneeId: world.users.agent.id }), 'ticket_company_id_assignee_id_id_idx'],
  ['contactId', () => ({ contactId }), 'ticket_company_id_contact_id_id_idx'],
  ['priority', () => ({ priority: 'urgent' }), 'ticket_company_id_priority_id_idx'],
  ['slaState', () => ({ slaState: 'breached' }), 'ticket_company_id_sla_state_id_idx'],
  ['open', () => ({ open: 'true' }), 'ticket_open_idx'],
];

describe.each(['admin', 'agent'] as const)('the list of tickets as %s', (role) => {
  it.each(newestFirst)(
    'finds newest first with the filter %s by its index',
    async (_name, filters, index) => {
      const plan = await planOf(role, '-createdAt', filters());
      expect(plan).toContain(`Index Scan Backward using ${index} on ticket t `);
      expect(plan).not.toMatch(/Sort|Seq Scan on ticket /);
    },
  );

  it.each([
    ['updatedAt', 'ticket_company_id_updated_at_id_idx'],
    ['priority', 'ticket_company_id_priority_id_idx'],
    ['deadline', 'ticket_deadline_idx'],
  ])('reads the order %s both ways from its index', async (sort, index) => {
    expect(await planOf(role, sort, {})).toContain(`Index Scan using ${index} on ticket t `);
    expect(await planOf(role, `-${sort}`, {})).toContain(`Index Scan Backward using ${index} on ticket t `);
  });

  it('never reads the whole table, whatever is combined', async () => {
    const filters = [
      ...newestFirst.map(([, filter]) => filter()),
      { assigned: 'false' },
      { archived: 'true' },
      { saleOrderLineId: lineId },
      { teamId: busy.id },
      { teamId: `${busy.id},${small.id}` },
      { priority: 'high,urgent' },
    ];
    const scans: string[] = [];
    for (const sort of Object.keys(ticketResource.sorts).flatMap((name) => [name, `-${name}`])) {
      for (const filter of filters) {
        const plan = await planOf(role, sort, filter);
        if (/Seq Scan on ticket /.test(plan)) scans.push(`${sort} ${JSON.stringify(filter)}\n${plan}`);
      }
    }
    expect(scans).toEqual([]);
  });
});
