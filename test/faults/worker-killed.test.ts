import { newId } from '../../services/ids';
import { createTicket } from '../../services/tickets/create-ticket';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { contextFor } from '../support/factories';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import { isIdle } from '../support/idle-workflow';
import type { ApiProcess, RunningProcess } from '../support/processes';
import type { Place, StoppingPoint } from '../support/stopping-points';
import type { TcpProxy } from '../support/tcp-proxy';
import { ticketHistory } from '../support/workflow-history';
import { type Desk, desk, type TicketBody, timeBody } from './desk';

const database = testDatabase();
const stack = faultStack({ database });
let api: ApiProcess;
let worker: RunningProcess;
/** Between the worker and Temporal: what the worker has done and not yet said is lost with it. */
let link: TcpProxy;

/** Connections enough for what stands at its place and for what is tried again meanwhile. */
const startWorker = () => stack.startWorker({ ...stack.through(link, 'temporal'), DATABASE_POOL_SIZE: '40' });

beforeAll(async () => {
  link = await stack.proxyTo('temporal');
  [api, worker] = await Promise.all([
    stack.startApi({ DECISION_DEADLINE_MS: '1500' }),
    startWorker(),
    stack.startRelay(),
  ]);
}, 120_000);

interface Case {
  readonly on: Desk;
  readonly ticket: TicketBody;
  readonly point: StoppingPoint;
}

const agentOf = (on: Desk) => stack.client(() => api, on.users.agent.token);

/** A ticket whose workflow waits for work, on a desk of its own. */
async function waitingTicket(): Promise<{ readonly on: Desk; readonly ticket: TicketBody }> {
  const on = await desk(database);
  const { body: ticket } = await agentOf(on).post<TicketBody>('/v1/tickets', on.ticketBody);
  await eventually('the ticket’s workflow waits', async () => {
    const { body } = await agentOf(on).get<{ waitingFor: string | null }>(
      `/v1/tickets/${ticket.id}/workflow`,
    );
    return body.waitingFor?.startsWith('stage changes');
  });
  return { on, ticket };
}

async function caseAt(place: Omit<Place, 'companyId'>): Promise<Case> {
  const { on, ticket } = await waitingTicket();
  const point = await stack.points.stopAt({ ...place, companyId: on.companyId });
  return { on, ticket, point };
}

/**
 * Kills the worker while each of the first cases stands at its place, and the others are committed without anybody
 * having heard of it; then starts another.
 */
async function killWorkerAt(
  beforeCommit: readonly Case[],
  afterCommit: readonly Case[],
  committed: () => Promise<boolean>,
): Promise<void> {
  for (const { point } of [...beforeCommit, ...afterCommit]) await point.reached();
  link.hold('to_server');
  for (const { point } of afterCommit) await point.open();
  await eventually('the commit', committed);
  await worker.kill();
  link.cut();
  link.release();
  for (const { point } of beforeCommit) {
    await point.abandoned();
    await point.open();
  }
  worker = await startWorker();
}

test('a worker killed while it bills, before or after the commit, leaves delivered right, once', async () => {
  const beforeCommit = await Promise.all([
    caseAt({ table: 'slice', on: 'INSERT', at: 'row' }),
    caseAt({ table: 'sale_order_line', on: 'UPDATE', at: 'row' }),
    caseAt({ table: 'timesheet_entry', on: 'UPDATE', at: 'row' }),
    caseAt({ table: 'timesheet_entry', on: 'UPDATE', at: 'commit' }),
  ]);
  const afterCommit = await caseAt({ table: 'timesheet_entry', on: 'UPDATE', at: 'commit' });
  const cases = [...beforeCommit, afterCommit];
  await Promise.all(cases.map(({ on, ticket }) => agentOf(on).post('/v1/timesheets', timeBody(ticket.id))));
  const deliveredOn = async ({ on }: Case): Promise<number> =>
    (await database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: on.order.lineId } }))
      .deliveredMinutes;

  await killWorkerAt(beforeCommit, [afterCommit], async () => (await deliveredOn(afterCommit)) === 30);
  expect(await Promise.all(beforeCommit.map(deliveredOn))).toEqual([0, 0, 0, 0]);

  await stack.settled();
  await eventually('the second attempt of what was committed', () =>
    isIdle(stack.temporalClient, ticketWorkflowId(afterCommit.ticket.id)),
  );
  expect(await Promise.all(cases.map(deliveredOn))).toEqual(cases.map(() => 30));
  for (const { ticket } of cases) {
    const slices = await database.prisma.slice.findMany({ where: { entry: { ticketId: ticket.id } } });
    expect(slices.map(({ fromMinute, toMinute }) => [fromMinute, toMinute])).toEqual([[0, 30]]);
  }
  expect(
    await findings(
      stack,
      cases.map(({ ticket }) => ticket.id),
    ),
  ).toEqual([]);
}, 180_000);

test('a worker killed while it decides, before or after the commit, leaves one effect; the retry answers it', async () => {
  const commit = { table: 'idempotency_key', on: 'UPDATE', at: 'commit' } as const;
  const beforeCommit = await Promise.all([
    caseAt({ table: 'ticket_stage_period', on: 'INSERT', at: 'row' }),
    caseAt({ table: 'ticket', on: 'UPDATE', at: 'row' }),
    caseAt({ table: 'event', on: 'INSERT', at: 'row' }),
    caseAt(commit),
  ]);
  const afterCommit = await Promise.all([caseAt(commit), caseAt(commit)]);
  const cases = [...beforeCommit, ...afterCommit].map((each) => ({ ...each, key: newId('request') }));
  /** The last one asks for what would show if it were done twice. */
  const decide = (each: (typeof cases)[number]) => {
    const { on, ticket, key } = each;
    const [path, body] =
      each === cases.at(-1)
        ? ['sla/recalculate', { reason: 'The calendar was wrong' }]
        : ['move', { stageId: on.team.stages.inProgress }];
    return agentOf(on).post<TicketBody>(`/v1/tickets/${ticket.id}/${path}`, body, {
      headers: { 'Idempotency-Key': key },
    });
  };
  const effectsOn = ({ ticket }: Case): Promise<number> =>
    database.prisma.event.count({
      where: { ticketId: ticket.id, kind: { in: ['ticket.stage_changed', 'sla.recalculated'] } },
    });
  const effects = () => Promise.all(cases.map(effectsOn));

  const firstAnswers = cases.map(decide);
  await killWorkerAt(beforeCommit, afterCommit, async () =>
    (await Promise.all(afterCommit.map(effectsOn))).every((count) => count === 1),
  );
  for (const { status } of await Promise.all(firstAnswers)) expect([200, 202]).toContain(status);

  for (const each of cases) {
    const answer = await eventually('the answer of the decision', async () => {
      const attempt = await decide(each);
      return attempt.status === 200 && attempt;
    });
    expect((await decide(each)).text).toBe(answer.text);
    if (each !== cases.at(-1)) expect(answer.body.stageId).toBe(each.on.team.stages.inProgress);
  }
  await Promise.all(
    cases.map(({ on, ticket }) =>
      eventually('the workflow waits again', async () => {
        const { body } = await agentOf(on).get<{ waitingFor: string | null }>(
          `/v1/tickets/${ticket.id}/workflow`,
        );
        return body.waitingFor?.startsWith('stage changes');
      }),
    ),
  );
  expect(await effects()).toEqual(cases.map(() => 1));
  await stack.settled();
  expect(
    await findings(
      stack,
      cases.map(({ ticket }) => ticket.id),
    ),
  ).toEqual([]);
}, 180_000);

/** A ticket whose timer stands, with seconds left to kill the worker in; a slow machine gets more of them. */
async function ticketBeforeDeadline(on: Desk): Promise<{ readonly id: string; readonly deadline: Date }> {
  for (let secondsLeft = 6; secondsLeft < 60; secondsLeft *= 2) {
    const createdAt = new Date(Date.now() - (60 - secondsLeft) * 1000);
    const deadline = new Date(createdAt.getTime() + 60_000);
    const { id } = await createTicket(
      contextFor(on, { role: 'agent', now: () => createdAt }),
      on.ticketBody as never,
    );
    const seen = await eventually('the timer of the deadline, or its breach', async () => {
      const { timersStarted, timersFired } = await ticketHistory(stack.temporalClient, id);
      const leftMs = deadline.getTime() - Date.now();
      if (timersStarted > timersFired && leftMs > 3_000) return 'in time';
      return leftMs <= 3_000 && 'too late';
    });
    if (seen === 'in time') return { id, deadline };
  }
  throw new Error('no timer stood before its deadline');
}

test('a deadline that passes while every worker is dead is breached once, at its instant, observed later', async () => {
  const on = await desk(database, { targetMinutes: 1 });
  const { id: ticketId, deadline } = await ticketBeforeDeadline(on);
  await worker.kill();
  const killedAt = Date.now();
  expect(killedAt).toBeLessThan(deadline.getTime());

  await eventually('the deadline', async () => {
    const { timersStarted, timersFired } = await ticketHistory(stack.temporalClient, ticketId);
    return timersStarted === timersFired && Date.now() > deadline.getTime();
  });
  const breaches = () => database.prisma.event.findMany({ where: { ticketId, kind: 'sla.breached' } });
  expect(await breaches()).toEqual([]);

  const startedAt = Date.now();
  worker = await startWorker();
  const [breach] = await eventually('the breach', async () => {
    const found = await breaches();
    return found.length > 0 && found;
  });
  const clock = await database.prisma.slaClock.findFirstOrThrow({ where: { ticketId } });
  expect(clock).toMatchObject({ status: 'breached', breachedAt: deadline, deadline });
  expect(clock.observedAt?.getTime()).toBeGreaterThan(startedAt);
  expect(breach?.after).toMatchObject({
    dueAt: deadline.toISOString(),
    observedAt: clock.observedAt?.toISOString(),
  });
  await stack.settled();
  expect(await findings(stack, [ticketId])).toEqual([]);
}, 240_000);
