import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { newId } from '../../services/ids';
import { searchAttributes } from '../../workflows/search-attributes';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { setPrioritySignal, statusQuery, type TicketStatus } from '../../workflows/ticket/messages';
import type { ApiClient } from '../support/api-client';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { faultStack } from '../support/fault-stack';
import { findings } from '../support/findings';
import { type RunFigures, runsOf } from '../support/workflow-runs';
import { type Desk, desk, type TicketBody, timeBody } from './desk';

const database = testDatabase();
const stack = faultStack({ database });

/** Rows in the ticket's event log; `npm run long-life` asks for more. */
const wantedEvents = Number(process.env.KEEPDESK_LONG_LIFE_EVENTS ?? 600);
const limitMs = 120_000 + wantedEvents * 40;
/** A run is continued at 500 events; what was under way by then is finished in it. */
const longestHistory = 1_000;

/** What the clients were told; of a decision the ids of the requests that asked for it until it was answered. */
interface Told {
  readonly moves: string[][];
  readonly entries: { readonly id: string; readonly minutes: number }[];
  readonly messages: string[];
  readonly assignments: string[][];
  /** How long each decision took. */
  readonly decisionMs: number[];
  signals: number;
  /** Decisions that were not answered in time, or not taken just then, and asked for again with their key. */
  askedAgain: number;
}

const countEvents = async (ticketId: string): Promise<number> => {
  const { rows } = await database.pool.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM event WHERE ticket_id = $1',
    [ticketId],
  );
  return rows[0]?.count ?? 0;
};

/** Clients that do one thing after the other until the ticket's log is long enough. */
function clientsOf(on: Desk, ticketId: string, agent: ApiClient, handle: WorkflowHandle, told: Told) {
  const { inProgress, awaitingCustomer, new: fresh } = on.team.stages;
  const stages = [inProgress, awaitingCustomer, fresh];
  let turn = 0;
  const decide = async (path: string, body: unknown): Promise<string[]> => {
    const askedAt = performance.now();
    const headers = { 'Idempotency-Key': newId('request') };
    let answer = await agent.post(`/v1/tickets/${ticketId}/${path}`, body, { headers });
    const requestIds = [answer.headers.get('x-request-id') ?? ''];
    while (answer.status === 202 || answer.status === 503) {
      told.askedAgain += 1;
      await delay(200);
      answer = await agent.post(`/v1/tickets/${ticketId}/${path}`, body, { headers });
      requestIds.push(answer.headers.get('x-request-id') ?? '');
    }
    told.decisionMs.push(performance.now() - askedAt);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.text}`);
    return requestIds;
  };
  const move = async (): Promise<void> => {
    turn += 1;
    told.moves.push(await decide('move', { stageId: stages[turn % stages.length] }));
  };
  const assign = async (): Promise<void> => {
    const userId = told.assignments.length % 2 === 0 ? on.users.agent.id : null;
    told.assignments.push(await decide('assign', { userId }));
  };
  const log = async (): Promise<void> => {
    const minutes = 1 + (told.entries.length % 45);
    // Waits until it is billed: nobody logs faster than that for hours.
    const answer = await agent.post<{ id: string }>('/v1/timesheets', timeBody(ticketId, minutes), {
      headers: { Prefer: 'wait=30' },
    });
    if (answer.status !== 201) throw new Error(`logging answered ${answer.text}`);
    told.entries.push({ id: answer.body.id, minutes });
  };
  const write = async (): Promise<void> => {
    const answer = await agent.post<{ id: string }>(`/v1/tickets/${ticketId}/messages`, {
      body: 'Still here.',
    });
    if (answer.status !== 201) throw new Error(`a message answered ${answer.text}`);
    told.messages.push(answer.body.id);
  };
  const signal = async (): Promise<void> => {
    const priority = told.signals % 2 === 0 ? 'urgent' : 'low';
    await handle.signal(setPrioritySignal, { priority, reason: `signal ${told.signals + 1}` });
    told.signals += 1;
    // An operator's; a flood of them would only measure how many the database takes.
    await delay(500);
  };
  return [move, assign, log, log, write, signal];
}

function expectBounded(runs: readonly RunFigures[]): void {
  expect(runs.length).toBeGreaterThan(1);
  for (const { historyLength } of runs) expect(historyLength).toBeLessThan(longestHistory);
  expect(new Set(runs.slice(0, -1).map(({ status }) => status))).toEqual(new Set(['CONTINUED_AS_NEW']));
  expect(runs.at(-1)?.status).toBe('RUNNING');
}

test(
  `one ticket of ${wantedEvents} events: every run of its workflow is short, and nothing is lost from one to the next`,
  async () => {
    const on = await desk(database);
    const [api] = await Promise.all([stack.startApi(), stack.startWorker(), stack.startRelay()]);
    const agent = stack.client(() => api, on.users.agent.token);
    const { body: ticket } = await agent.post<TicketBody & { reference: string }>(
      '/v1/tickets',
      on.ticketBody,
    );
    const { id } = ticket;
    const handle = stack.temporalClient.workflow.getHandle(ticketWorkflowId(id));
    await eventually('the workflow runs', async () => (await handle.describe()).status.name === 'RUNNING');
    const told: Told = {
      moves: [],
      assignments: [],
      decisionMs: [],
      entries: [],
      messages: [],
      signals: 0,
      askedAgain: 0,
    };

    let stopped = false;
    const marks: { readonly events: number; readonly atMs: number; readonly moves: number }[] = [];
    const startedAt = performance.now();
    const lanes = clientsOf(on, id, agent, handle, told).map(async (act) => {
      while (!stopped) await act();
    });
    const watch = async (): Promise<void> => {
      for (;;) {
        const events = await countEvents(id);
        marks.push({ events, atMs: performance.now() - startedAt, moves: told.moves.length });
        if (events >= wantedEvents) break;
        await delay(500);
      }
      stopped = true;
    };
    await Promise.all([watch(), ...lanes]);
    await stack.settled();
    const signalled = await eventually('every signal was taken', async () => {
      const { rows } = await database.pool.query<{ reason: string }>(
        `SELECT reason FROM event WHERE ticket_id = $1 AND kind = 'ticket.attributes_changed' ORDER BY position`,
        [id],
      );
      return rows.length >= told.signals && rows;
    });

    expect(signalled.map(({ reason }) => reason)).toEqual(
      Array.from({ length: told.signals }, (_none, index) => `signal ${index + 1}`),
    );
    for (const [kind, acknowledged] of [
      ['ticket.stage_changed', told.moves],
      ['ticket.assigned', told.assignments],
    ] as const) {
      const { rows } = await database.pool.query<{ id: string }>(
        'SELECT request_id AS id FROM event WHERE ticket_id = $1 AND kind = $2',
        [id, kind],
      );
      const asked = new Map(acknowledged.flatMap((ids, index) => ids.map((each) => [each, index] as const)));
      const places = rows.map((event) => asked.get(event.id) ?? -1);
      expect(places.toSorted((left, right) => left - right)).toEqual(
        acknowledged.map((_ids, index) => index),
      );
    }
    const periods = await database.prisma.ticketStagePeriod.findMany({
      where: { ticketId: id },
      orderBy: { sequence: 'asc' },
    });
    expect(periods.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: told.moves.length + 1 }, (_none, index) => index + 1),
    );
    expect(periods.slice(0, -1).map(({ leftAt }) => leftAt)).toEqual(
      periods.slice(1).map(({ enteredAt }) => enteredAt),
    );
    const entries = await database.prisma.timesheetEntry.findMany({ where: { ticketId: id } });
    expect(entries.map((entry) => [entry.id, entry.minutes, entry.appliedVersion]).toSorted()).toEqual(
      told.entries.map((entry) => [entry.id, entry.minutes, 1]).toSorted(),
    );
    const minutes = told.entries.reduce((sum, entry) => sum + entry.minutes, 0);
    const line = await database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: on.order.lineId } });
    expect(line.deliveredMinutes).toBe(minutes);
    const messages = await database.prisma.message.findMany({
      where: { ticketId: id },
      select: { id: true },
    });
    expect(messages.map((message) => message.id).toSorted()).toEqual(told.messages.toSorted());

    const runs = await runsOf(stack.temporalClient, ticketWorkflowId(id));
    process.stdout.write(`${figuresOf(marks, told, runs)}\n`);
    expectBounded(runs);
    const sum = (figure: (run: RunFigures) => number) => runs.reduce((all, run) => all + figure(run), 0);
    expect(sum((run) => run.updatesCompleted)).toBe(sum((run) => run.updatesAccepted));
    // One that was accepted by a run about to be continued is accepted by the next one too.
    expect(sum((run) => run.updatesAccepted)).toBeGreaterThanOrEqual(
      told.moves.length + told.assignments.length,
    );
    expect(sum((run) => run.operatorSignals)).toBe(told.signals);
    // The server refuses to continue a run while a signal comes in; nothing else may fail.
    const failed = runs.flatMap((run) => run.failedTasks);
    expect(failed.filter((reason) => reason !== 'UnhandledCommand')).toEqual([]);
    const facts = new Map(runs.flatMap((run) => run.facts).map((fact) => [fact.jobId, fact.kind]));
    const kinds = Map.groupBy(facts.values(), (kind) => kind);
    expect(kinds.get('timesheet_changed')).toHaveLength(told.entries.length);
    expect(kinds.get('ticket_created')).toHaveLength(1);
    // A request for a decision that is not answered in time, and one that finds the decision in the record, each have
    // the workflow look at it.
    const askedAgain = [...told.moves, ...told.assignments].filter((requestIds) => requestIds.length > 1);
    expect(facts.size).toBeLessThanOrEqual(told.entries.length + 1 + askedAgain.flat().length);

    const now = await agent.get<TicketBody & { slaState: string; priority: string }>(`/v1/tickets/${id}`);
    const description = await handle.describe();
    const attributes = description.typedSearchAttributes;
    const stage = await database.prisma.stage.findFirstOrThrow({ where: { id: now.body.stageId } });
    expect(attributes.get(searchAttributes.stage)).toBe(stage.name);
    expect(attributes.get(searchAttributes.slaState)).toBe(now.body.slaState);
    expect(attributes.get(searchAttributes.ticketRef)).toBe(ticket.reference);
    expect(attributes.get(searchAttributes.priority)).toBe(now.body.priority === 'urgent' ? 3 : 0);
    expect(attributes.get(searchAttributes.needsOperator)).toBe(false);
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain(`**Ticket ${ticket.reference}** is in stage **${stage.name}**`);
    const status = await handle.query<TicketStatus>(statusQuery);
    expect(status).toMatchObject({
      stage: stage.name,
      pendingDecisions: 0,
      pendingBilling: 0,
      needsOperator: null,
    });
    expect(await findings(stack, [id])).toEqual([]);
  },
  limitMs,
);

/** Rates of the first and the last tenth beside each other: they tell whether a long life gets slower. */
function figuresOf(
  marks: readonly { readonly events: number; readonly atMs: number; readonly moves: number }[],
  told: Told,
  runs: readonly RunFigures[],
): string {
  const last = marks.at(-1) ?? { events: 0, atMs: 0, moves: 0 };
  const at = (share: number) => marks.find(({ events }) => events >= last.events * share) ?? last;
  const rate = (from: number, to: number): string =>
    ((1000 * (at(to).events - at(from).events)) / Math.max(1, at(to).atMs - at(from).atMs)).toFixed(1);
  const decisions = told.decisionMs.toSorted((left, right) => left - right);
  const quantile = (share: number): string =>
    (decisions[Math.floor(decisions.length * share)] ?? 0).toFixed(0);
  return [
    `${last.events} events in ${(last.atMs / 1000).toFixed(1)} s: ${told.moves.length} moves, ${told.assignments.length} assignments,`,
    `${told.entries.length} time entries, ${told.messages.length} messages, ${told.signals} signals;`,
    `${runs.length} runs of ${Math.max(...runs.map(({ historyLength }) => historyLength))} history events at most;`,
    `decisions took ${quantile(0.5)} ms in the middle and ${quantile(0.95)} ms for one in twenty, ${told.askedAgain} were asked for again;`,
    `events per second: ${rate(0.02, 0.1)} at first, ${rate(0.45, 0.55)} in the middle, ${rate(0.9, 1)} at last`,
  ].join(' ');
}
