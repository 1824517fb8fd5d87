import { randomUUID } from 'node:crypto';
import { sweep } from '../../../services/reconcile/sweep';
import { searchAttributes } from '../../../workflows/search-attributes';
import {
  moveStageSignal,
  moveStageUpdate,
  statusQuery,
  type TicketStatus,
} from '../../../workflows/ticket/messages';
import { desk, type TicketBody } from '../../faults/desk';
import { testApi } from '../../support/api-client';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { saveHistory } from '../../support/saved-history';
import { testTemporal } from '../../support/temporal';
import { ticketHistory } from '../../support/workflow-history';
import { countOf, eventKinds, runningTicket } from './ticket-desk';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);

jest.setTimeout(60_000);

it('shows operators a readable ticket: attributes, what it waits for, and one timer with its reason', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);

  const description = await handle.describe();
  const attributes = description.typedSearchAttributes;
  expect(attributes.get(searchAttributes.companyId)).toBe(world.companyId);
  expect(attributes.get(searchAttributes.stage)).toBe('New');
  expect(attributes.get(searchAttributes.slaState)).toBe('on_track');
  expect(attributes.get(searchAttributes.ticketRef)).toMatch(/^#\d{5}$/);
  expect(attributes.get(searchAttributes.needsOperator)).toBe(false);
  expect(attributes.get(searchAttributes.nextDeadline)).toBeInstanceOf(Date);
  expect(await description.staticSummary()).toMatch(/^Ticket #\d{5}$/);

  const status = await handle.query<TicketStatus>(statusQuery);
  expect(status.waitingFor).toMatch(/^stage changes, logged time, or the warning at \d{4}-/);
  const history = await ticketHistory(temporal.client, id);
  expect(history).toMatchObject({ timersStarted: 1, timersFired: 0 });
});

it('shows operators the stage by its new name once it was renamed', async () => {
  const world = await desk(database);
  const manager = api.client(world.users.manager.token);
  const { handle } = await runningTicket(manager, temporal.client, world.ticketBody);
  await manager.patch(`/v1/teams/${world.team.id}/stages/${world.team.stages.new}`, { name: 'Inbox' });
  await eventually('the attribute follows', async () => {
    const { typedSearchAttributes } = await handle.describe();
    return typedSearchAttributes.get(searchAttributes.stage) === 'Inbox';
  });
  expect(await handle.query<TicketStatus>(statusQuery)).toMatchObject({ stage: 'Inbox' });
});

it('marks a refusal that was given before as one', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id } = await runningTicket(agent, temporal.client, world.ticketBody);
  const headers = { 'Idempotency-Key': randomUUID() };
  const reopen = () => agent.post<{ code: string }>(`/v1/tickets/${id}/reopen`, {}, { headers });
  const answers = [await reopen(), await reopen()];
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
    answers.map(() => [409, 'ticket_not_closed']),
  );
  expect(answers.map((answer) => answer.headers.get('idempotency-replayed'))).toEqual([null, 'true']);
});

it('moves on an operator’s signal by the same rules, and records what it refuses', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);

  await handle.signal(moveStageSignal, { stageId: world.team.stages.inProgress, reason: 'taken over' });
  await eventually('the signal moved the ticket', async () => {
    const { body } = await agent.get<TicketBody>(`/v1/tickets/${id}`);
    return body.stageId === world.team.stages.inProgress;
  });

  await handle.signal(moveStageSignal, { stageId: 'stg_00000000000000000000000000' });
  await handle.signal('moveStage', { stageId: 7 });
  await handle.signal('moveStage', 'nonsense');
  const kinds = await eventually('both refusals are on record', async () => {
    const seen = await eventKinds(agent, id);
    return countOf(seen, 'ticket.decision_refused') === 1 && countOf(seen, 'ticket.signal_refused') === 2
      ? seen
      : undefined;
  });
  expect(countOf(kinds, 'ticket.stage_changed')).toBe(1);
  expect((await handle.describe()).status.name).toBe('RUNNING');
  const moved = await agent.post(`/v1/tickets/${id}/move`, { stageId: world.team.stages.solved });
  expect(moved.status).toBe(200);
  await saveHistory('ticket-refused-signals', handle);
});

it('refuses an update that cannot be understood without a trace in the history', async () => {
  const world = await desk(database);
  const { handle } = await runningTicket(
    api.client(world.users.agent.token),
    temporal.client,
    world.ticketBody,
  );
  const before = (await handle.fetchHistory()).events?.length;

  await expect(
    handle.executeUpdate(moveStageUpdate, { args: [{ stageId: 'nowhere' }] }),
  ).rejects.toMatchObject({ cause: { type: 'validation_failed' } });

  expect((await handle.fetchHistory()).events?.length).toBe(before);
});

it('takes the same command once, sent ten times at once and again later', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id } = await runningTicket(agent, temporal.client, world.ticketBody);
  const headers = { 'Idempotency-Key': randomUUID() };
  const move = () =>
    agent.post<TicketBody>(`/v1/tickets/${id}/move`, { stageId: world.team.stages.inProgress }, { headers });

  const answers = await Promise.all(Array.from({ length: 10 }, move));
  const later = await move();

  expect(new Set([...answers, later].map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set([...answers, later].map(({ body }) => body.version)).size).toBe(1);
  expect(later.headers.get('idempotency-replayed')).toBe('true');
  expect(countOf(await eventKinds(agent, id), 'ticket.stage_changed')).toBe(1);
});

it('keeps an operator’s updates of two tickets apart, also when they are sent under one id', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const updateId = randomUUID();
  const { inProgress } = world.team.stages;
  const moved: string[] = [];
  for (let nth = 0; nth < 2; nth++) {
    const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
    await handle.executeUpdate(moveStageUpdate, { updateId, args: [{ stageId: inProgress }] });
    moved.push((await agent.get<TicketBody>(`/v1/tickets/${id}`)).body.stageId);
  }
  expect(moved).toEqual([inProgress, inProgress]);
});

it('gives one of two moves at the same instant, and the other the present stage', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  for (let round = 0; round < 5; round++) {
    const { id } = await runningTicket(agent, temporal.client, world.ticketBody);
    const { inProgress, awaitingCustomer } = world.team.stages;

    const answers = await Promise.all(
      [inProgress, awaitingCustomer].map((stageId) =>
        agent.post<{ code?: string; state?: { stageId: string }; stageId?: string }>(
          `/v1/tickets/${id}/move`,
          { stageId },
        ),
      ),
    );

    const [winner, loser] = [...answers].sort((left, right) => left.status - right.status);
    // Both may also arrive one after the other, when neither saw the ticket before the other's move.
    if (loser?.status === 200) continue;
    expect(winner?.status).toBe(200);
    expect(loser).toMatchObject({
      status: 409,
      body: { code: 'stage_changed', state: { stageId: winner?.body.stageId } },
    });
    expect(countOf(await eventKinds(agent, id), 'ticket.stage_changed')).toBe(1);
    return;
  }
  throw new Error('no two of ten moves met');
});

it('answers 202 while no worker runs, and the decision is taken when one comes back', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id } = await runningTicket(agent, temporal.client, world.ticketBody);
  const slow = { 'Idempotency-Key': randomUUID() };
  await temporal.stopWorker();
  try {
    const answer = await agent.post<{ commandId: string; address: string }>(
      `/v1/tickets/${id}/move`,
      { stageId: world.team.stages.inProgress },
      { headers: slow },
    );
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(answer.body.address);
    const pending = await agent.get<{ status: string }>(answer.body.address);
    expect(pending.body.status).toBe('pending');
    await temporal.startWorker();
    // The update lived in the server's memory only; whoever was told to wait asks again with the same key.
    const again = await agent.post<TicketBody>(
      `/v1/tickets/${id}/move`,
      { stageId: world.team.stages.inProgress },
      { headers: slow },
    );
    expect(again.body.stageId).toBe(world.team.stages.inProgress);
    const done = await agent.get<{ status: string; result: TicketBody }>(answer.body.address);
    expect(done.body).toMatchObject({ status: 'applied', result: { stageId: world.team.stages.inProgress } });
    expect(countOf(await eventKinds(agent, id), 'ticket.stage_changed')).toBe(1);
  } finally {
    await temporal.startWorker();
  }
});

it('tells whoever asks again for a decision that was lost to use a new key, and takes it no more', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id } = await runningTicket(agent, temporal.client, world.ticketBody);
  const headers = { 'Idempotency-Key': randomUUID() };
  const move = () =>
    agent.post<{ commandId: string; code: string }>(
      `/v1/tickets/${id}/move`,
      { stageId: world.team.stages.inProgress },
      { headers },
    );
  await temporal.stopWorker();
  try {
    const pending = await move();
    expect(pending.status).toBe(202);
    await database.pool.query(
      `UPDATE idempotency_key SET created_at = now() - interval '6 minutes' WHERE command_id = $1`,
      [pending.body.commandId],
    );
    const inventory = {
      ticketsEndedAbnormally: () => Promise.resolve([]),
      countRunningTickets: () => Promise.resolve(1),
      async *runningTickets() {},
      startInvoiceRun: () => Promise.resolve(),
    };
    const options = { database, inventory, now: new Date(), lookBackSeconds: 600, thorough: false };
    expect(await sweep(options)).toMatchObject({ lostDecisions: 1 });

    expect(await move()).toMatchObject({ status: 409, body: { code: 'decision_lost', retryable: false } });
  } finally {
    await temporal.startWorker();
  }
  expect((await move()).body.code).toBe('decision_lost');
  expect(countOf(await eventKinds(agent, id), 'ticket.stage_changed')).toBe(0);
  headers['Idempotency-Key'] = randomUUID();
  expect((await move()).status).toBe(200);
});
