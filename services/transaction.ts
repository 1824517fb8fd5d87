import { DomainError } from '../domain/shared/errors';
import type { Transaction } from '../prisma/client';
import { isSameCommand } from './command-fingerprint';
import type { Command, Context } from './context';
import { constraintOf, isRetryable, refusalOfConstraint } from './database-errors';
import { newId } from './ids';
import { jsonText } from './json';
import type { Queryable } from './listing';
import { within } from './prisma-queryable';
import { inStatements } from './statements-transaction';

export interface EventDraft {
  /** `noun.past_participle`, such as `ticket.stage_changed`. */
  readonly kind: string;
  readonly subjectId: string;
  readonly ticketId?: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly reason?: string;
}

export interface JobDraft {
  readonly ticketId: string;
  readonly kind: JobKind;
  readonly reference: Readonly<Record<string, string | number>>;
}

/** What the outbox tells a ticket's workflow. */
export type JobKind = 'ticket_created' | 'timesheet_changed' | 'clocks_changed';

/** What a verb leaves behind; events and jobs are appended to its transaction when it returns. */
interface Recording {
  event(draft: EventDraft): void;
  job(draft: JobDraft): void;
  /**
   * Says that there was nothing to change; a verb must either record an event or say this.
   * @param ticketId What was not changed; a decision's command names its ticket also when it changed nothing.
   */
  unchanged(ticketId?: string): void;
}

/** One transaction of one verb, written with Prisma. */
export interface UnitOfWork extends Recording {
  readonly db: Transaction;
}

/** One transaction of one verb somebody waits for, written as statements that the connection has prepared. */
export interface StatementWork extends Recording {
  readonly sql: Queryable;
}

const attempts = 4;

/**
 * Runs a verb's change: the rows, the audit events, the outbox jobs and the idempotency key commit together or
 * not at all. With a command, a repeated call answers the stored result and does nothing; serialization
 * failures and deadlocks are retried; a transaction without an event is a defect and is rolled back.
 * @throws DomainError `idempotency_key_reused` (same key, other request), and what `run` refuses with.
 */
export function change<Result>(
  context: Context,
  run: (work: UnitOfWork) => Promise<Result>,
): Promise<Result> {
  return again(() =>
    context.database.prisma.$transaction(
      (db) => runOnce(context, within(db), (record) => run({ ...record, db })),
      { maxWait: 5_000, timeout: 20_000 },
    ),
  );
}

/** The same without Prisma, whose transactions cost several times their statements (docs/performance.md). */
export function changeByStatements<Result>(
  context: Context,
  run: (work: StatementWork) => Promise<Result>,
): Promise<Result> {
  return again(() =>
    inStatements(context.database.pool, (sql) => runOnce(context, sql, (record) => run({ ...record, sql }))),
  );
}

async function again<Result>(runTransaction: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runTransaction();
    } catch (error) {
      if (attempt < attempts && isRetryable(error)) continue;
      throw translated(error);
    }
  }
}

async function runOnce<Result>(
  context: Context,
  sql: Queryable,
  run: (record: Recording) => Promise<Result>,
): Promise<Result> {
  if (context.command !== null) {
    const stored = await claimCommand(context, context.command, sql);
    if (stored !== undefined) return stored.result as Result;
  }
  const events: EventDraft[] = [];
  const jobs: JobDraft[] = [];
  let unchanged = false;
  let unchangedTicketId: string | undefined;
  const result = await run({
    event: (draft) => void events.push(draft),
    job: (draft) => void jobs.push(draft),
    unchanged: (ticketId) => {
      unchanged = true;
      unchangedTicketId = ticketId;
    },
  });
  if (events.length === 0 && !unchanged) throw new Error('a transaction recorded no event');
  if (events.length > 0) await appendEvents(context, sql, events);
  if (jobs.length > 0) await appendJobs(context, sql, jobs);
  if (context.command !== null) {
    // A command that was answered with 202 names its ticket already.
    await sql.query(
      `UPDATE idempotency_key SET status = 'applied', result = $3::jsonb, ticket_id = coalesce($4, ticket_id)
      WHERE company_id = $1 AND command_id = $2`,
      [
        context.companyId,
        context.command.commandId,
        jsonText(result),
        events[0]?.ticketId ?? unchangedTicketId ?? null,
      ],
    );
  }
  return result;
}

/** Inserts the command's row, waiting for a concurrent one to commit; answers the stored result of a finished one. */
async function claimCommand(
  context: Context,
  command: Command,
  sql: Queryable,
): Promise<{ result: unknown } | undefined> {
  const key = [context.companyId, command.commandId];
  const { rows: claimed } = await sql.query(
    `INSERT INTO idempotency_key (company_id, command_id, fingerprint, status)
    VALUES ($1, $2, $3, 'pending')
    ON CONFLICT (company_id, command_id) DO UPDATE SET status = 'pending'
      WHERE idempotency_key.status = 'pending' AND idempotency_key.fingerprint = excluded.fingerprint
    RETURNING command_id`,
    [...key, command.fingerprint],
  );
  if (claimed.length === 1) return undefined;
  const { rows } = await sql.query(
    'SELECT fingerprint, status, result FROM idempotency_key WHERE company_id = $1 AND command_id = $2',
    key,
  );
  const [row] = rows as Parameters<typeof storedResult>[0][];
  if (row === undefined) throw new Error('a command that was taken is gone');
  const stored = storedResult(row, command);
  command.replayed = true;
  return { result: stored };
}

/**
 * The answer a finished command gave.
 * @throws DomainError `idempotency_key_reused`, or the refusal the command was answered with.
 */
export function storedResult(
  row: { readonly fingerprint: string; readonly status: string; readonly result: unknown },
  command: Command,
): unknown {
  if (!isSameCommand(row.fingerprint, command.fingerprint)) {
    throw new DomainError(
      'idempotency_key_reused',
      'This Idempotency-Key was used for another request; use a new key for a new request.',
    );
  }
  if (row.status === 'refused') {
    const refusal = row.result as {
      code: DomainError['code'];
      message: string;
      details: DomainError['details'];
    };
    throw new DomainError(refusal.code, refusal.message, refusal.details);
  }
  return row.result;
}

/** Writes events at once; a verb whose own statements depend on them calls it itself, others leave it to `change`. */
export async function appendEvents(
  context: Context,
  sql: Queryable,
  events: readonly EventDraft[],
): Promise<void> {
  await sql.query(
    `INSERT INTO event (company_id, id, kind, subject_id, ticket_id, actor, before, after, reason, command_id, request_id, created_at)
    SELECT $1, e.id, e.kind, e."subjectId", e."ticketId", $2::jsonb, e.before, e.after, e.reason, $3, $4, $5::timestamptz
    FROM jsonb_to_recordset($6::jsonb) AS e(id text, kind text, "subjectId" text, "ticketId" text, before jsonb,
      after jsonb, reason text)`,
    [
      context.companyId,
      jsonText(context.actor),
      context.command?.commandId ?? null,
      context.requestId,
      context.now().toISOString(),
      jsonText(events.map((draft) => ({ id: newId('event'), ...draft }))),
    ],
  );
}

async function appendJobs(context: Context, sql: Queryable, jobs: readonly JobDraft[]): Promise<void> {
  await sql.query(
    `INSERT INTO job (company_id, id, ticket_id, kind, reference)
    SELECT $1, j.id, j."ticketId", j.kind, j.reference
    FROM jsonb_to_recordset($2::jsonb) AS j(id text, "ticketId" text, kind text, reference jsonb)`,
    [context.companyId, jsonText(jobs.map((draft) => ({ id: newId('job'), ...draft })))],
  );
}

function translated(error: unknown): unknown {
  const constraint = constraintOf(error);
  return constraint === undefined ? error : (refusalOfConstraint(constraint) ?? error);
}
