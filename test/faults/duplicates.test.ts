import { newId } from '../../services/ids';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { type Asker, type Fact, factsArrivedSignal, moveStageUpdate } from '../../workflows/ticket/messages';
import type { Answer } from '../support/api-client';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import type { ApiProcess, RunningProcess } from '../support/processes';
import { ticketHistory } from '../support/workflow-history';
import { type Desk, desk, type TicketBody, timeBody } from './desk';

const database = testDatabase();
const stack = faultStack({ database });
let apis: readonly ApiProcess[];
let relay: RunningProcess;
let on: Desk;

beforeAll(async () => {
  on = await desk(database);
  [apis, , , relay] = await Promise.all([
    Promise.all([stack.startApi(), stack.startApi()]),
    stack.startWorker(),
    stack.startWorker(),
    stack.startRelay(),
  ]);
}, 120_000);

const ten = <Result>(act: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: 10 }, (_none, index) => act(index)));

/** Every other one to the other API. */
const agent = (index = 0) =>
  stack.client(() => apis[index % apis.length] as ApiProcess, on.users.agent.token);
const handleOf = (ticketId: string) => stack.temporalClient.workflow.getHandle(ticketWorkflowId(ticketId));

async function waitingTicket(): Promise<TicketBody> {
  const { body } = await agent().post<TicketBody>('/v1/tickets', on.ticketBody);
  await eventually('its workflow waits', async () => {
    const workflow = await agent().get<{ waitingFor: string | null }>(`/v1/tickets/${body.id}/workflow`);
    return workflow.body.waitingFor?.startsWith('stage changes');
  });
  return body;
}

async function countOf(ticketId: string, kind: string): Promise<number> {
  return await database.prisma.event.count({ where: { ticketId, kind } });
}

const onlyOne = <Body>(answers: readonly Answer<Body>[], status: number): Body => {
  expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => status));
  const [first] = answers;
  if (first === undefined) throw new Error('nothing was answered');
  for (const { body } of answers) expect(body).toEqual(first.body);
  return first.body;
};

it('a request sent ten times at once to two APIs has one effect and one answer', async () => {
  const send = async <Body>(path: string, body: unknown, status: number): Promise<Body> => {
    const headers = { 'Idempotency-Key': newId('request') };
    return onlyOne(await ten((index) => agent(index).post<Body>(path, body, { headers })), status);
  };
  const ticket = await send<TicketBody>('/v1/tickets', on.ticketBody, 201);
  await send('/v1/timesheets', timeBody(ticket.id), 201);
  await send(`/v1/tickets/${ticket.id}/messages`, { body: 'We look at it.' }, 201);
  await send(`/v1/tickets/${ticket.id}/move`, { stageId: on.team.stages.inProgress }, 200);
  await stack.settled();
  expect(await database.prisma.ticket.count({ where: { companyId: on.companyId } })).toBe(1);
  for (const kind of [
    'ticket.created',
    'timesheet.logged',
    'timesheet.applied',
    'message.posted',
    'ticket.stage_changed',
  ]) {
    expect([kind, await countOf(ticket.id, kind)]).toEqual([kind, 1]);
  }
});

it('a job delivered ten times at once, and once more by the relay, is billed once', async () => {
  const { id } = await waitingTicket();
  await stack.settled();
  await relay.stop();
  await agent().post('/v1/timesheets', timeBody(id, 40));
  const [job] = await database.prisma.job.findMany({ where: { ticketId: id } });
  if (job === undefined) throw new Error('there is no job');
  const fact = { jobId: job.id, kind: job.kind, reference: job.reference } as Fact;
  await ten(() => handleOf(id).signal(factsArrivedSignal, { facts: [fact] }));
  await eventually('it is billed', async () => (await countOf(id, 'timesheet.applied')) === 1);
  relay = await stack.startRelay();
  await stack.settled();

  const history = await eventually('the eleventh delivery', async () => {
    const seen = await ticketHistory(stack.temporalClient, id);
    return seen.deliveredJobIds.filter((jobId) => jobId === job.id).length === 11 && seen;
  });
  await agent().post(`/v1/tickets/${id}/assign`, { userId: on.users.agent.id });
  expect(history.activities).toEqual(['applyTimesheet']);
  expect((await ticketHistory(stack.temporalClient, id)).activities).toEqual(['applyTimesheet']);
  const slices = await database.prisma.slice.findMany({ where: { entry: { ticketId: id } } });
  expect(slices.map(({ fromMinute, toMinute }) => [fromMinute, toMinute])).toEqual([[0, 40]]);
});

it('an update sent ten times at once, with one id or with ten ids for one command, is taken once', async () => {
  const { id } = await waitingTicket();
  const { inProgress, awaitingCustomer } = on.team.stages;
  const updateId = newId('command');
  await ten(() => handleOf(id).executeUpdate(moveStageUpdate, { updateId, args: [{ stageId: inProgress }] }));
  expect(await countOf(id, 'ticket.stage_changed')).toBe(1);

  const asker: Asker = {
    actor: { type: 'user', userId: on.users.agent.id },
    requestId: null,
    fingerprint: 'the same request',
    commandId: newId('command'),
  };
  await ten(() =>
    handleOf(id).executeUpdate(moveStageUpdate, { args: [{ stageId: awaitingCustomer, asker }] }),
  );
  await handleOf(id).executeUpdate(moveStageUpdate, { args: [{ stageId: inProgress }] });
  await ten(() =>
    handleOf(id).executeUpdate(moveStageUpdate, { args: [{ stageId: awaitingCustomer, asker }] }),
  );
  expect(await countOf(id, 'ticket.stage_changed')).toBe(3);
  expect((await agent().get<TicketBody>(`/v1/tickets/${id}`)).body.stageId).toBe(inProgress);
});

it('a signal sent ten times at once moves once, and one that is delivered ten times is one signal', async () => {
  const { id } = await waitingTicket();
  const { inProgress, awaitingCustomer } = on.team.stages;
  await ten(() => handleOf(id).signal('moveStage', { stageId: inProgress, reason: 'by hand' }));
  await eventually('the ticket was moved', async () => {
    const { body } = await agent().get<TicketBody>(`/v1/tickets/${id}`);
    return body.stageId === inProgress;
  });

  const requestId = newId('request');
  const payload = {
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(JSON.stringify({ stageId: awaitingCustomer, reason: 'by a machine' })),
  };
  await ten(() =>
    stack.temporalClient.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: ticketWorkflowId(id) },
      signalName: 'moveStage',
      input: { payloads: [payload] },
      requestId,
    }),
  );
  await eventually('the ticket was moved again', async () => {
    const { body } = await agent().get<TicketBody>(`/v1/tickets/${id}`);
    return body.stageId === awaitingCustomer;
  });
  const { events } = await handleOf(id).fetchHistory();
  const signals = events?.filter(
    (event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'moveStage',
  );
  expect(signals).toHaveLength(11);
  await handleOf(id).executeUpdate('assign', { args: [{ userId: null }] });
  expect(await countOf(id, 'ticket.stage_changed')).toBe(2);
});

/** Runs `send` so that every request has read the ticket before any of them is decided. */
async function atTheSameInstant<Result>(count: number, send: () => Promise<Result>[]): Promise<Result[]> {
  const holder = await database.pool.connect();
  let answers: Promise<Result>[];
  try {
    await holder.query('BEGIN; LOCK TABLE idempotency_key IN ACCESS EXCLUSIVE MODE');
    answers = send();
    await eventually('every request has read the ticket', async () => {
      const { rows } = await holder.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND relation = 'idempotency_key'::regclass`,
      );
      return rows[0]?.count === count;
    });
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
  return await Promise.all(answers);
}

it('of moves at the same instant one is made, and each other is told where the ticket stands', async () => {
  const { inProgress, awaitingCustomer } = on.team.stages;
  for (const count of [2, 10]) {
    const { id, version } = await waitingTicket();
    const answers = await atTheSameInstant(count, () =>
      Array.from({ length: count }, (_none, index) =>
        agent(index).post<{ code?: string; state?: object } & TicketBody>(`/v1/tickets/${id}/move`, {
          stageId: index % 2 === 0 ? inProgress : awaitingCustomer,
        }),
      ),
    );
    const made = answers.filter(({ status }) => status === 200);
    expect(made).toHaveLength(1);
    const present = (await agent().get<TicketBody>(`/v1/tickets/${id}`)).body;
    expect(made[0]?.body).toMatchObject({ stageId: present.stageId, version: present.version });
    expect(present.version).toBeGreaterThan(version);
    for (const { status, body } of answers.filter((answer) => answer !== made[0])) {
      expect({ status, code: body.code, state: body.state }).toEqual({
        status: 409,
        code: 'stage_changed',
        state: { stageId: present.stageId, version: present.version },
      });
    }
    expect(await countOf(id, 'ticket.stage_changed')).toBe(1);
  }
});

it('of two closings at the same instant, and of what comes after an archiving, the loser is told the present state', async () => {
  const { id } = await waitingTicket();
  const answers = await atTheSameInstant(2, () =>
    [0, 1].map((index) =>
      agent(index).post<{ code?: string; state?: object } & TicketBody>(`/v1/tickets/${id}/close`, {}),
    ),
  );
  const [won, lost] = answers.toSorted((left, right) => left.status - right.status);
  expect([won?.status, lost?.status]).toEqual([200, 409]);
  expect(lost?.body).toMatchObject({
    code: 'ticket_already_closed',
    state: { stageId: won?.body.stageId, version: won?.body.version },
  });
  const archived = await agent().post<TicketBody>(`/v1/tickets/${id}/archive`, {});
  const { stageId, version } = archived.body;
  expect(await agent().post(`/v1/tickets/${id}/reopen`, {})).toMatchObject({
    status: 409,
    body: { code: 'ticket_archived', state: { stageId, version } },
  });
  await stack.settled();
  expect(await findings(stack, [id])).toEqual([]);
});
