import type { Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type pg from 'pg';
import type { Logger } from 'pino';
import { temporalTrouble } from '../config/temporal';
import type { Database } from '../prisma/client';
import { relayLock } from '../services/outbox/backlog';
import { searchAttributes } from '../workflows/search-attributes';
import { ticketWorkflowId, ticketWorkflowSummary } from '../workflows/ticket/ids';
import { type Fact, factsArrivedSignal, type TicketInput } from '../workflows/ticket/messages';
import { BusyRuns } from './busy-runs';
import type { RelayMetrics } from './metrics';
import {
  forgetJobs,
  type OutboxEnd,
  postponeJobs,
  type WaitingJob,
  type WaitingTicket,
  waitingTickets,
} from './outbox';

export interface RelayOptions {
  readonly database: Database;
  readonly client: Client;
  readonly taskQueue: string;
  /** How long it waits, after nothing was there to deliver, until it looks again. */
  readonly pollMs: number;
  readonly logger: Logger;
  readonly metrics: RelayMetrics;
}

export interface Relay {
  /** Whether this relay delivers, or stands by for one that does. */
  readonly active: () => boolean;
  /** Ends after the deliveries under way. */
  stop(): Promise<void>;
}

/**
 * Deliveries at once, by the end of the outbox they are taken from: the old ones get on whatever comes, and a new one
 * finds a place however many wait before it.
 */
const mostInFlight: Readonly<Record<OutboxEnd, number>> = { oldest: 48, newest: 16 };
const standbyPauseMs = 500;
/** While Temporal is away nothing is postponed: every ticket keeps its place and its order. */
const outagePauseMs = 1_000;
const deliveryDeadlineMs = 10_000;
/**
 * The server frees the lock of a relay that asks nothing for so long: one that is frozen, or whose host is gone without
 * a word, would keep it for hours. Longer than the longest wait of one that works, which is for a delivery.
 */
const silenceLimit = '15s';

/**
 * Carries the outbox to the tickets' workflows by signal-with-start, at least once and in order per ticket
 * (spec.md §2). One relay delivers at a time, the others stand by. A job leaves the outbox only after Temporal has
 * acknowledged it; one that cannot be delivered holds up its own ticket and nobody else, and after an outage new jobs
 * do not wait behind all that is old.
 */
export function startRelay(options: RelayOptions): Relay {
  const run = new RelayRun(options);
  const ended = run.loop();
  return {
    active: () => run.active,
    async stop() {
      run.stopping = true;
      await ended;
    },
  };
}

class RelayRun {
  stopping = false;
  active = false;
  private readonly inFlight = new Map<
    string,
    { readonly end: OutboxEnd; readonly delivery: Promise<void> }
  >();
  private readonly delivered: { readonly ticketId: string; readonly positions: readonly number[] }[] = [];
  private pausedUntilMs = 0;
  /** Said once, until it is reached again. */
  private databaseIsAway = false;
  private readonly busyRuns = new BusyRuns();
  /** Tickets whose runs are left alone, and until when. */
  private readonly restingUntilMs = new Map<string, number>();

  constructor(private readonly options: RelayOptions) {}

  async loop(): Promise<void> {
    while (!this.stopping) {
      const lock = await this.takeLock();
      if (lock === undefined) {
        await pause(standbyPauseMs);
        continue;
      }
      this.active = true;
      this.options.logger.info('relay delivers');
      try {
        await this.deliverWhileHeld(lock);
      } catch (error) {
        this.options.logger.warn({ error: nameOf(error) }, 'relay lost the database; trying again');
      } finally {
        this.active = false;
        lock.release(true);
      }
      if (!this.stopping) await pause(standbyPauseMs);
    }
  }

  private async takeLock(): Promise<pg.PoolClient | undefined> {
    let connection: pg.PoolClient | undefined;
    try {
      connection = await this.options.database.pool.connect();
      connection.on('error', ignore);
      const { rows } = await connection.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
        relayLock,
      ]);
      this.databaseIsAway = false;
      if (rows[0]?.held === true) {
        await connection.query(`SET idle_session_timeout = '${silenceLimit}'`);
        return connection;
      }
      connection.off('error', ignore);
      connection.release();
    } catch (error) {
      connection?.release(true);
      if (!this.databaseIsAway) {
        const { code } = error as { readonly code?: unknown };
        this.options.logger.warn(
          { error: nameOf(error), code },
          'relay cannot use the database; trying again',
        );
      }
      this.databaseIsAway = true;
    }
    return undefined;
  }

  private async deliverWhileHeld(lock: pg.PoolClient): Promise<void> {
    while (!this.stopping) {
      await this.forgetDelivered(lock);
      const tickets = Date.now() < this.pausedUntilMs ? [] : await this.takeTickets(lock);
      for (const ticket of tickets) this.deliver(ticket);
      if (tickets.length === 0) await pause(this.options.pollMs);
    }
    await Promise.all([...this.inFlight.values()].map(({ delivery }) => delivery));
    await this.forgetDelivered(lock);
  }

  private async takeTickets(lock: pg.PoolClient): Promise<WaitingTicket[]> {
    const places = { ...mostInFlight };
    for (const { end } of this.inFlight.values()) places[end] -= 1;
    if (places.oldest === 0 && places.newest === 0) return [];
    return await waitingTickets(lock, [...this.inFlight.keys(), ...this.restingTickets()], places);
  }

  private restingTickets(): Iterable<string> {
    const nowMs = Date.now();
    for (const [ticketId, untilMs] of this.restingUntilMs) {
      if (untilMs <= nowMs) this.restingUntilMs.delete(ticketId);
    }
    return this.restingUntilMs.keys();
  }

  /** Acknowledged jobs leave the outbox; when this is not reached they are sent again, which changes nothing. */
  private async forgetDelivered(lock: pg.PoolClient): Promise<void> {
    if (this.delivered.length === 0) return;
    const delivered = [...this.delivered];
    const positions = delivered.flatMap((delivery) => delivery.positions);
    await forgetJobs(lock, positions);
    // Only now: a connection lost before leaves them to the next one, else their tickets would stay in flight for ever.
    this.delivered.splice(0, delivered.length);
    for (const { ticketId } of delivered) this.inFlight.delete(ticketId);
  }

  private deliver({ end, jobs }: WaitingTicket): void {
    const { ticketId } = jobs[0];
    const positions = jobs.map(({ position }) => position);
    const takenAt = performance.now();
    const delivery = this.send(jobs).then(
      (runId) => {
        const nowMs = Date.now();
        const restMs = this.busyRuns.signalled(ticketId, runId, nowMs);
        if (restMs > 0) this.restingUntilMs.set(ticketId, nowMs + restMs);
        this.delivered.push({ ticketId, positions });
        this.tellDelivered(jobs, performance.now() - takenAt);
      },
      async (error: unknown) => {
        const trouble = temporalTrouble(error);
        if (trouble === null) await this.postpone(jobs[0], error);
        // The server asks this ticket to wait, often since its last run ended within the second; the others go on.
        else if (trouble === 'resourceExhausted') await pause(outagePauseMs);
        else this.pauseForOutage(error);
        this.inFlight.delete(ticketId);
      },
    );
    this.inFlight.set(ticketId, { end, delivery });
  }

  /** Answers the id of the run that has the signal now. */
  private async send(jobs: WaitingTicket['jobs']): Promise<string> {
    const [first] = jobs;
    const reference = `#${String(first.number).padStart(5, '0')}`;
    const input: TicketInput = { v: 1, companyId: first.companyId, ticketId: first.ticketId };
    const facts: Fact[] = jobs.map(({ id, kind, reference: factReference }) => ({
      jobId: id,
      kind,
      reference: factReference,
    }));
    const { client, taskQueue } = this.options;
    const { signaledRunId } = await client.withDeadline(Date.now() + deliveryDeadlineMs, () =>
      client.workflow.signalWithStart('ticket', {
        workflowId: ticketWorkflowId(first.ticketId),
        taskQueue,
        args: [input],
        signal: factsArrivedSignal,
        signalArgs: [{ facts }],
        staticSummary: ticketWorkflowSummary(reference),
        typedSearchAttributes: new TypedSearchAttributes([
          { key: searchAttributes.companyId, value: first.companyId },
          { key: searchAttributes.teamId, value: first.teamId },
          { key: searchAttributes.ticketRef, value: reference },
          { key: searchAttributes.priority, value: first.priority },
        ]),
      }),
    );
    return signaledRunId;
  }

  private tellDelivered(jobs: readonly [WaitingJob, ...WaitingJob[]], deliveryMs: number): void {
    const [{ companyId, ticketId, waitedMs }] = jobs;
    const { logger, metrics } = this.options;
    metrics.countDelivered(jobs.length, (waitedMs + deliveryMs) / 1000);
    if (!logger.isLevelEnabled('debug')) return;
    const jobIds = jobs.map(({ id }) => id);
    logger.debug({ companyId, ticketId, workflowId: ticketWorkflowId(ticketId), jobIds }, 'delivered');
  }

  private pauseForOutage(error: unknown): void {
    if (Date.now() >= this.pausedUntilMs) {
      this.options.metrics.countOutage();
      this.options.logger.warn(
        { error: nameOf(error), trouble: temporalTrouble(error) },
        'Temporal is away; deliveries wait',
      );
    }
    this.pausedUntilMs = Date.now() + outagePauseMs;
  }

  private async postpone(job: WaitingJob, error: unknown): Promise<void> {
    const { database, logger, metrics } = this.options;
    const { companyId, ticketId } = job;
    metrics.countPostponed();
    logger.warn(
      { companyId, ticketId, workflowId: ticketWorkflowId(ticketId), jobId: job.id, error: nameOf(error) },
      'delivery postponed',
    );
    await postponeJobs(database.pool, job, nameOf(error)).catch((failure: unknown) =>
      logger.warn({ error: nameOf(failure) }, 'job not postponed; it is sent again'),
    );
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** A connection that is lost while it is idle tells its next query. */
function ignore(): void {}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
