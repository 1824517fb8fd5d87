import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { newId } from '../../../services/ids';
import { createTicket } from '../../../services/tickets/create-ticket';
import { searchAttributes } from '../../../workflows/search-attributes';
import { ticketWorkflowId } from '../../../workflows/ticket/ids';
import {
  type Fact,
  factsArrivedSignal,
  recalculateSlaUpdate,
  statusQuery,
  type TicketStatus,
} from '../../../workflows/ticket/messages';
import { desk, type TicketBody, timeBody } from '../../faults/desk';
import { addresses } from '../../support/addresses';
import { testApi } from '../../support/api-client';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { contextFor } from '../../support/factories';
import { saveHistory } from '../../support/saved-history';
import { testTemporal } from '../../support/temporal';
import { ticketHistory } from '../../support/workflow-history';
import { countOf, eventKinds, runningTicket } from './ticket-desk';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);

jest.setTimeout(60_000);

const handleOf = (ticketId: string) => temporal.client.workflow.getHandle(ticketWorkflowId(ticketId));

const clockOf = (ticketId: string) => database.prisma.slaClock.findFirstOrThrow({ where: { ticketId } });

const fact = (kind: Fact['kind'], reference: Fact['reference']): Fact => ({
  jobId: newId('job'),
  kind,
  reference,
});

/** Runs `work` while the ticket's row is held, so that its decisions wait for the database. */
async function holding<Result>(ticketId: string, work: () => Promise<Result>): Promise<Result> {
  const holder = await database.pool.connect();
  try {
    await holder.query('BEGIN');
    // A busy machine takes longer than the pool lets a transaction be idle.
    await holder.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await holder.query('SELECT 1 FROM ticket WHERE id = $1 FOR UPDATE', [ticketId]);
    return await work();
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
}

/** Runs `work` while the database takes no change of stage, as one that is overloaded. */
async function whileAway<Result>(work: () => Promise<Result>): Promise<Result> {
  await database.pool.query(`
    CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'away' USING ERRCODE = 'too_many_connections'; END $$;
    CREATE TRIGGER away BEFORE INSERT ON ticket_stage_period FOR EACH ROW EXECUTE FUNCTION away()`);
  try {
    return await work();
  } finally {
    await database.pool.query('DROP FUNCTION away CASCADE');
  }
}

function lockIsWaitedFor(): Promise<boolean> {
  return eventually('a decision waits for the ticket’s row', async () => {
    const { rowCount } = await database.pool.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rowCount !== 0;
  });
}

/** Does workflow tasks as a worker that does not know of updates, until it has passed over one. */
async function passOverUpdate(): Promise<void> {
  const { connection } = temporal.client;
  const worker = { namespace: 'default', identity: 'without updates' };
  for (;;) {
    const { taskToken, messages } = await connection.withDeadline(Date.now() + 20_000, () =>
      connection.workflowService.pollWorkflowTaskQueue({
        ...worker,
        taskQueue: { name: temporal.taskQueue },
      }),
    );
    await connection.workflowService.respondWorkflowTaskCompleted({ ...worker, taskToken });
    if ((messages ?? []).length > 0) return;
  }
}

describe('what operators type', () => {
  it('never wedges a ticket: facts that are none and names that nobody knows are recorded and passed by', async () => {
    const world = await desk(database);
    const agent = api.client(world.users.agent.token);
    const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);

    await handle.signal('factsArrived');
    await handle.signal('factsArrived', { facts: [{ jobId: 'job_1', kind: 'timesheet_changed' }] });
    await handle.signal('movestage', { stageId: world.team.stages.inProgress });

    await eventually(
      'all three are on record',
      async () => countOf(await eventKinds(agent, id), 'ticket.signal_refused') === 3,
    );
    const moved = await agent.post(`/v1/tickets/${id}/move`, { stageId: world.team.stages.inProgress });
    expect(moved.status).toBe(200);
    await saveHistory('ticket-mistyped', handle);
  });

  it('never stops billing: facts about time that nobody logged are passed by', async () => {
    const world = await desk(database);
    const agent = api.client(world.users.agent.token);
    const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);

    await handle.signal('factsArrived', { facts: [fact('timesheet_changed', {})] });
    await handle.signal('factsArrived', {
      facts: [fact('timesheet_changed', { entryId: newId('timesheetEntry') })],
    });

    const entry = await agent.post<{ billing: { state: string } }>('/v1/timesheets', timeBody(id), {
      headers: { Prefer: 'wait=20' },
    });
    expect(entry.body.billing.state).toBe('applied');
    const status = await handle.query<TicketStatus>(statusQuery);
    expect(status).toMatchObject({ needsOperator: null, pendingBilling: 0 });
    expect(countOf(await eventKinds(agent, id), 'ticket.signal_refused')).toBe(1);
    await saveHistory('ticket-unknown-entries', handle);
  });

  it.each([
    ['changeAttributes', { changes: { priority: 'highest' } }],
    ['changeAttributes', { changes: { teamId: 7 } }],
    ['changeAttributes', { changes: { constructor: 'x' } }],
    ['moveStage', { stageId: 'stg_\u0000' }],
    ['moveStage', {}],
    ['close', { reason: 'two\nlines' }],
    ['close', { fromStageId: 5 }],
    ['archive', { asker: 'me' }],
    ['archive', { asker: { actor: { type: 'user' }, requestId: null, fingerprint: 'f', commandId: 'x' } }],
    ['assign', { userId: 'usr_1' }],
    ['retryBilling', []],
  ])('is refused before it is written anywhere: %s %j', async (name, argument) => {
    const world = await desk(database);
    const agent = api.client(world.users.agent.token);
    const { handle } = await runningTicket(agent, temporal.client, world.ticketBody);
    await expect(handle.executeUpdate(name, { args: [argument] })).rejects.toMatchObject({
      cause: { type: 'validation_failed' },
    });
  });
});

describe('facts', () => {
  it('that come again are ignored; each cause of a recalculation counts', async () => {
    const world = await desk(database);
    const agent = api.client(world.users.agent.token);
    const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
    const entry = await agent.post<{ id: string }>('/v1/timesheets', timeBody(id), {
      headers: { Prefer: 'wait=20' },
    });
    const again = fact('timesheet_changed', { entryId: entry.body.id, version: 1 });
    await handle.signal(factsArrivedSignal, { facts: [again] });
    await handle.signal(factsArrivedSignal, { facts: [again, again] });

    await database.pool.query(
      `INSERT INTO calendar_version (company_id, calendar_id, number, timezone, created_by)
       SELECT company_id, calendar_id, 2, timezone, created_by FROM calendar_version WHERE calendar_id = $1`,
      [world.alwaysCalendarId],
    );
    await database.pool.query(
      `INSERT INTO calendar_interval (company_id, calendar_id, version, position, weekday, from_minute, to_minute)
       SELECT company_id, calendar_id, 2, position, weekday, 0, 720 FROM calendar_interval WHERE calendar_id = $1`,
      [world.alwaysCalendarId],
    );
    await database.pool.query('UPDATE calendar SET current_version = 2 WHERE id = $1', [
      world.alwaysCalendarId,
    ]);
    await handle.signal(factsArrivedSignal, {
      facts: [
        fact('clocks_changed', { cause: 'calendar_changed' }),
        fact('clocks_changed', { cause: 'due' }),
        fact('clocks_changed', { cause: 'no such cause' }),
      ],
    });

    await eventually('the clock has the new calendar', async () => (await clockOf(id)).calendarVersion === 2);
    await eventually('everything was worked off', async () => {
      const status = await handle.query<TicketStatus>(statusQuery);
      return status.pendingBilling === 0;
    });
    const history = await ticketHistory(temporal.client, id);
    expect(history.activities).toEqual(['applyTimesheet', 'applyTimesheet']);
    const line = await database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: world.order.lineId } });
    expect(line.deliveredMinutes).toBe(30);
  });

  it('of a ticket stay in order when one cannot be delivered, and hold up no other ticket', async () => {
    const world = await desk(database);
    const agent = api.client(world.users.agent.token);
    const stuck = await runningTicket(agent, temporal.client, world.ticketBody);
    await temporal.settled();
    const job = async (reference: object): Promise<string> => {
      const id = newId('job');
      await database.prisma.job.create({
        data: { companyId: world.companyId, id, ticketId: stuck.id, kind: 'clocks_changed', reference },
      });
      return id;
    };
    const poisoned = await job({ cause: 'due', filler: 'x'.repeat(3_000_000) });
    await eventually('its delivery was postponed', async () => {
      const row = await database.prisma.job.findFirst({ where: { id: poisoned } });
      return (row?.attempts ?? 0) > 0;
    });
    const behind = await job({ cause: 'due' });
    const other = await runningTicket(agent, temporal.client, world.ticketBody);
    expect(other.id).not.toBe(stuck.id);
    expect(await database.prisma.job.count({ where: { id: behind } })).toBe(1);

    await database.prisma.job.updateMany({ where: { id: poisoned }, data: { reference: { cause: 'due' } } });

    await temporal.settled();
    const { deliveredJobIds } = await ticketHistory(temporal.client, stuck.id);
    expect(deliveredJobIds.slice(-2)).toEqual([poisoned, behind]);
  });
});

describe('settling that fails for good', () => {
  it('stops the timer, not the ticket: an operator mends it, and the breach stands at its deadline', async () => {
    const world = await desk(database, { targetMinutes: 60 });
    const agent = api.client(world.users.agent.token);
    await database.pool.query(
      'ALTER TABLE sla_clock ADD CONSTRAINT refused_for_now CHECK (breached_at IS NULL) NOT VALID',
    );
    const almostDue = new Date(Date.now() - 3_599_500);
    const context = { ...contextFor(world, { role: 'agent' }), now: () => almostDue };
    const { id } = await createTicket(context, { teamId: world.team.id, subject: 'Due soon' });
    await eventually('the ticket needs an operator', async () => {
      const { typedSearchAttributes } = await handleOf(id).describe();
      return typedSearchAttributes.get(searchAttributes.needsOperator) === true;
    });
    const status = await handleOf(id).query<TicketStatus>(statusQuery);
    expect(status).toMatchObject({
      needsOperator: 'internal_error',
      waitingFor: 'an operator: its SLA clocks stopped with internal_error',
    });
    const assigned = await agent.post(`/v1/tickets/${id}/assign`, { userId: world.users.agent.id });
    expect(assigned.status).toBe(200);

    await database.pool.query('ALTER TABLE sla_clock DROP CONSTRAINT refused_for_now');
    await handleOf(id).executeUpdate(recalculateSlaUpdate, { args: [{ reason: 'the rule is gone' }] });

    const clock = await clockOf(id);
    expect(clock).toMatchObject({
      status: 'breached',
      breachedAt: new Date(almostDue.getTime() + 3_600_000),
    });
    const { typedSearchAttributes } = await handleOf(id).describe();
    expect(typedSearchAttributes.get(searchAttributes.needsOperator)).toBe(false);
    await saveHistory('ticket-settling-stopped', handleOf(id));
  });
});

describe('a decision that was not taken', () => {
  it('for want of the database is taken with the same key once it is back', async () => {
    const world = await desk(database);
    const agent = api.client(world.users.agent.token);
    const { id } = await runningTicket(agent, temporal.client, world.ticketBody);
    const headers = { 'Idempotency-Key': randomUUID() };
    const move = () =>
      agent.post<TicketBody>(
        `/v1/tickets/${id}/move`,
        { stageId: world.team.stages.inProgress },
        { headers },
      );
    const refused = await whileAway(move);
    expect(refused).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(refused.text).not.toMatch(/Prisma|Error/);

    expect(await move()).toMatchObject({ status: 200, body: { stageId: world.team.stages.inProgress } });
    expect(countOf(await eventKinds(agent, id), 'ticket.stage_changed')).toBe(1);
  });

  it.each(['cancel', 'terminate'] as const)(
    'because an operator’s %s ended the run goes to the next run by itself, once',
    async (verb) => {
      const world = await desk(database);
      const agent = api.client(world.users.agent.token);
      const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
      const asked = await holding(id, async () => {
        const answers = [
          agent.post(`/v1/tickets/${id}/assign`, { userId: world.users.agent.id }),
          agent.post(`/v1/tickets/${id}/close`, {}),
        ];
        await lockIsWaitedFor();
        await (verb === 'cancel' ? handle.cancel() : handle.terminate('by hand'));
        return { answers };
      });
      const answers = await Promise.all(asked.answers);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const kinds = await eventKinds(agent, id);
      expect(countOf(kinds, 'ticket.assigned')).toBe(1);
      expect(countOf(kinds, 'ticket.stage_changed')).toBe(1);
    },
  );

  it('in the time it had leaves a history that replays', async () => {
    const world = await desk(database);
    const agent = api.client(world.users.agent.token);
    const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
    const stageId = world.team.stages.inProgress;
    const late = await holding(id, () => agent.post(`/v1/tickets/${id}/move`, { stageId }));
    expect([202, 503]).toContain(late.status);
    await eventually('the decision is given up', async () => {
      const { pendingDecisions } = await handle.query(statusQuery);
      return pendingDecisions === 0;
    });
    await saveHistory('ticket-decision-late', handle);
    const history = await handle.fetchHistory();
    await Worker.runReplayHistory(
      { workflowBundle: { codePath: addresses.workflowBundle.get() } },
      history,
      handle.workflowId,
    );
  });

  it('because a worker passed over it is sent again', async () => {
    const world = await desk(database);
    const agent = api.client(world.users.agent.token);
    await temporal.stopWorker();
    const { body: ticket } = await agent.post<TicketBody>('/v1/tickets', world.ticketBody);
    const stageId = world.team.stages.inProgress;
    const headers = { 'Idempotency-Key': newId('request') };
    const move = () => agent.post<TicketBody>(`/v1/tickets/${ticket.id}/move`, { stageId }, { headers });
    const moving = move();
    await passOverUpdate();
    await temporal.startWorker();
    // On a busy machine the worker may come too late for this request.
    expect([200, 202]).toContain((await moving).status);
    const moved = await eventually('the answer', async () => {
      const answer = await move();
      return answer.status === 200 && answer;
    });
    expect(moved.body.stageId).toBe(stageId);
    expect(countOf(await eventKinds(agent, ticket.id), 'ticket.stage_changed')).toBe(1);
  });

  it('because facts came in while the run was about to end is taken by the next attempt', async () => {
    const world = await desk(database);
    const agent = api.client(world.users.agent.token);
    const closings = Array.from({ length: 8 }, async () => {
      const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
      const facts = [fact('clocks_changed', { cause: 'due' })];
      const closing = agent.post<TicketBody>(`/v1/tickets/${id}/close`, {});
      await Promise.all(
        Array.from({ length: 5 }, () => handle.signal(factsArrivedSignal, { facts }).catch(() => {})),
      );
      const entry = await agent.post<{ billing: { state: string } }>('/v1/timesheets', timeBody(id), {
        headers: { Prefer: 'wait=20' },
      });
      return [(await closing).status, entry.body.billing.state];
    });
    expect(await Promise.all(closings)).toEqual(closings.map(() => [200, 'applied']));
  });
});
