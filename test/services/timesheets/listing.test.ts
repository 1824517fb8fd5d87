import { listPage } from '../../../services/listing';
import { deleteTimesheet } from '../../../services/timesheets/delete-timesheet';
import { listedTimesheets, type TimesheetView } from '../../../services/timesheets/timesheet';
import { testDatabase } from '../../support/database';
import { contextFor, employee, saleOrder, team, ticket } from '../../support/factories';
import { as, bill, log, type TimeWorld, timeWorld } from './time-world';

const database = testDatabase();
let world: TimeWorld;

beforeAll(async () => {
  world = await timeWorld(database);
});

const list = async (filters: Readonly<Record<string, string>>, sort?: string): Promise<string[]> => {
  const page = await listPage<TimesheetView>(as(world, 'agent'), listedTimesheets, {
    limit: 50,
    filters,
    sort,
  });
  return page.data.map((entry) => entry.id);
};

test('filters and sorts give the entries they name, without deleted ones', async () => {
  const order = await saleOrder(world, { contactId: world.personId });
  const other = await ticket(world, world.team, { contactId: world.personId });
  const april = await bill(world, { date: '2026-04-01' });
  const march = await log(world, { saleOrderLineId: order.lineId, date: '2026-03-15' });
  const elsewhere = await log(world, { ticketId: other.id, date: '2026-05-01' });
  const deleted = await log(world);
  await deleteTimesheet(as(world, 'agent'), deleted.id, undefined);
  expect(await list({})).toEqual([elsewhere.id, march.id, april.id]);
  expect(await list({}, 'date')).toEqual([march.id, april.id, elsewhere.id]);
  expect(await list({ ticketId: world.ticket.id }, 'createdAt')).toEqual([april.id, march.id]);
  expect(await list({ saleOrderLineId: order.lineId })).toEqual([march.id]);
  expect(await list({ projectId: world.team.projectId ?? '', from: '2026-04-01', to: '2026-04-30' })).toEqual(
    [april.id],
  );
  expect(await list({ employeeId: await employee(world) })).toEqual([]);
});

test('time of tickets the caller does not see is not listed', async () => {
  const secret = await ticket(world, await team(world, { visibility: 'private', memberIds: [] }));
  const draft = { ticketId: secret.id, employeeId: world.agentEmployeeId };
  const hidden = await log(world, draft, as(world, 'admin'));
  expect(await list({ ticketId: secret.id })).toEqual([]);
  const page = await listPage<TimesheetView>(contextFor(world), listedTimesheets, {
    limit: 50,
    filters: { ticketId: secret.id },
  });
  expect(page.data.map((entry) => entry.id)).toEqual([hidden.id]);
});

describe('with many entries', () => {
  /** Tables the statement reads from one end to the other. */
  async function sequentiallyRead(
    filters: Readonly<Record<string, string>>,
    sort: string,
  ): Promise<string[]> {
    const plans: string[] = [];
    const explaining = {
      query: async ({ text, values }: { readonly text: string; readonly values: unknown[] }) => {
        const { rows } = await database.pool.query(`EXPLAIN ${text}`, values);
        plans.push(...rows.map((row: { 'QUERY PLAN': string }) => row['QUERY PLAN']));
        return { rows: [], fields: [] };
      },
    };
    const context = { ...as(world, 'agent'), database: { ...database, pool: explaining } } as never;
    await listPage(context, listedTimesheets, { limit: 50, filters, sort });
    return plans.flatMap((line) => /Seq Scan on (timesheet_entry|slice)/.exec(line)?.[1] ?? []);
  }

  beforeAll(async () => {
    await database.pool.query(
      `INSERT INTO timesheet_entry (company_id, id, ticket_id, project_id, employee_id, date, minutes)
       SELECT company_id, 'tse_' || lpad(n::text, 26, '0'), ticket_id, project_id, employee_id,
         date '2020-01-01' + n % 1000, 30
       FROM timesheet_entry, generate_series(1, 5000) n WHERE id = (SELECT min(id) FROM timesheet_entry)`,
    );
    await database.pool.query(
      `INSERT INTO slice (company_id, id, entry_id, entry_version, from_minute, to_minute, fate, date)
       SELECT company_id, 'slc_' || right(id, 26), id, 1, 0, minutes, 'non_billable', date
       FROM timesheet_entry WHERE id LIKE 'tse_0000%' AND minutes = 30`,
    );
    await database.pool.query('ANALYZE timesheet_entry, slice, ticket, team');
  });

  test.each([
    [{}, '-createdAt'],
    [{}, 'date'],
    [{ ticketId: 'tkt_00000000000000000000000000' }, '-createdAt'],
    [{ employeeId: 'emp_00000000000000000000000000' }, 'createdAt'],
    [{ projectId: 'prj_00000000000000000000000000' }, '-createdAt'],
    [{ saleOrderLineId: 'sol_00000000000000000000000000' }, '-createdAt'],
    [{ from: '2020-03-01', to: '2020-03-02' }, '-date'],
  ])('filter %j sorted by %s reads by an index', async (filters, sort) => {
    expect(await sequentiallyRead(filters, sort)).toEqual([]);
  });
});
