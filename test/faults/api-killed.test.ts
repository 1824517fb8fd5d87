import { newId } from '../../services/ids';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import type { Place } from '../support/stopping-points';
import { type Desk, desk, type TicketBody } from './desk';

const database = testDatabase();
const stack = faultStack({ database });

/** Every place of the transaction that creates a ticket; what happens in the others is the same. */
const places: readonly Omit<Place, 'companyId'>[] = [
  { table: 'idempotency_key', on: 'INSERT', at: 'row' },
  { table: 'ticket', on: 'INSERT', at: 'row' },
  { table: 'sla_clock', on: 'INSERT', at: 'row' },
  { table: 'event', on: 'INSERT', at: 'row' },
  { table: 'job', on: 'INSERT', at: 'row' },
  { table: 'ticket', on: 'INSERT', at: 'commit' },
];

async function ticketsOf({ companyId }: Desk): Promise<string[]> {
  const rows = await database.prisma.ticket.findMany({ where: { companyId }, select: { id: true } });
  return rows.map(({ id }) => id);
}

test('an API killed before or right after the commit of a ticket leaves the retry one ticket to answer', async () => {
  const link = await stack.proxyTo('postgres');
  let api = await stack.startApi(stack.through(link, 'postgres'));
  const keys = new Map<Desk, string>();
  const makeDesk = async (): Promise<Desk> => {
    const made = await desk(database);
    keys.set(made, newId('request'));
    return made;
  };
  const send = (on: Desk) =>
    stack
      .client(() => api, on.users.agent.token)
      .post<TicketBody>('/v1/tickets', on.ticketBody, {
        headers: { 'Idempotency-Key': keys.get(on) ?? '' },
      });

  const beforeCommit = [];
  for (const place of places) {
    const on = await makeDesk();
    beforeCommit.push({ on, point: await stack.points.stopAt({ ...place, companyId: on.companyId }) });
  }
  const afterCommit = await makeDesk();
  const commit = await stack.points.stopAt({
    table: 'ticket',
    on: 'INSERT',
    at: 'commit',
    companyId: afterCommit.companyId,
  });

  const unanswered = [...keys.keys()].map((on) =>
    send(on).then(
      () => 'answered',
      () => 'no answer',
    ),
  );
  for (const { point } of beforeCommit) await point.reached();
  await commit.reached();
  link.hold('to_client');
  await commit.open();
  const [committed] = await eventually('the commit', async () => {
    const found = await ticketsOf(afterCommit);
    return found.length > 0 && found;
  });
  await api.kill();
  link.cut();
  link.release();
  expect(await Promise.all(unanswered)).toEqual(unanswered.map(() => 'no answer'));
  for (const { on, point } of beforeCommit) {
    await point.abandoned();
    expect(await ticketsOf(on)).toEqual([]);
    await point.open();
  }

  api = await stack.startApi();
  await Promise.all([stack.startWorker(), stack.startRelay()]);
  const answers = new Map(
    await Promise.all([...keys.keys()].map(async (on) => [on, await send(on)] as const)),
  );
  for (const [on, answer] of answers) {
    expect(answer.status).toBe(201);
    expect(await ticketsOf(on)).toEqual([answer.body.id]);
    expect(answer.headers.get('Idempotency-Replayed')).toBe(on === afterCommit ? 'true' : null);
  }
  expect(answers.get(afterCommit)?.body.id).toBe(committed);

  await stack.settled();
  const handle = stack.temporalClient.workflow.getHandle(ticketWorkflowId(committed ?? ''));
  expect((await handle.describe()).status.name).toBe('RUNNING');
  expect(
    await findings(
      stack,
      [...answers.values()].map(({ body }) => body.id),
    ),
  ).toEqual([]);
}, 180_000);
