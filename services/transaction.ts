import { DomainError } from '../domain/shared/errors';
import { Prisma, type Transaction } from '../prisma/client';
import type { Command, Context } from './context';
import { constraintOf, isRetryable, refusalOfConstraint } from './database-errors';
import { newId } from './ids';

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

/** One transaction of one verb. Events and jobs are appended to the same transaction when the verb returns. */
export interface UnitOfWork {
  readonly db: Transaction;
  event(draft: EventDraft): void;
  job(draft: JobDraft): void;
  /** Says that there was nothing to change; a verb must either record an event or say this. */
  unchanged(): void;
}

const attempts = 4;

/**
 * Runs a verb's change: the rows, the audit events, the outbox jobs and the idempotency key commit together or
 * not at all. With a command, a repeated call answers the stored result and does nothing; serialization
 * failures and deadlocks are retried; a transaction without an event is a defect and is rolled back.
 * @throws DomainError `idempotency_key_reused` (same key, other request), and what `run` refuses with.
 */
export async function change<Result>(
  context: Context,
  run: (work: UnitOfWork) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await context.database.prisma.$transaction((db) => runOnce(context, db, run), {
        maxWait: 5_000,
        timeout: 20_000,
      });
    } catch (error) {
      if (attempt < attempts && isRetryable(error)) continue;
      throw translated(error);
    }
  }
}

async function runOnce<Result>(
  context: Context,
  db: Transaction,
  run: (work: UnitOfWork) => Promise<Result>,
): Promise<Result> {
  if (context.command !== null) {
    const stored = await claimCommand(context, context.command, db);
    if (stored !== undefined) return stored.result as Result;
  }
  const events: EventDraft[] = [];
  const jobs: JobDraft[] = [];
  let unchanged = false;
  const result = await run({
    db,
    event: (draft) => void events.push(draft),
    job: (draft) => void jobs.push(draft),
    unchanged: () => {
      unchanged = true;
    },
  });
  if (events.length === 0 && !unchanged) throw new Error('a transaction recorded no event');
  if (events.length > 0) await appendEvents(context, db, events);
  if (jobs.length > 0) await appendJobs(context, db, jobs);
  if (context.command !== null) {
    await db.idempotencyKey.update({
      where: { companyId_commandId: { companyId: context.companyId, commandId: context.command.commandId } },
      // A command that was answered with 202 names its ticket already; one that changed nothing keeps it.
      data: {
        status: 'applied',
        result: toJson(result),
        ...(events[0] === undefined ? {} : { ticketId: events[0].ticketId ?? null }),
      },
    });
  }
  return result;
}

/** Inserts the command's row, waiting for a concurrent one to commit; answers the stored result of a finished one. */
async function claimCommand(
  context: Context,
  command: Command,
  db: Transaction,
): Promise<{ result: unknown } | undefined> {
  const claimed = await db.$executeRaw`
    INSERT INTO idempotency_key (company_id, command_id, fingerprint, status)
    VALUES (${context.companyId}, ${command.commandId}, ${command.fingerprint}, 'pending')
    ON CONFLICT (company_id, command_id) DO UPDATE SET status = 'pending'
      WHERE idempotency_key.status = 'pending' AND idempotency_key.fingerprint = excluded.fingerprint`;
  if (claimed === 1) return undefined;
  const row = await db.idempotencyKey.findUniqueOrThrow({
    where: { companyId_commandId: { companyId: context.companyId, commandId: command.commandId } },
  });
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
  if (row.fingerprint !== command.fingerprint) {
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
  db: Transaction,
  events: readonly EventDraft[],
): Promise<void> {
  const createdAt = context.now();
  await db.event.createMany({
    data: events.map((draft) => ({
      companyId: context.companyId,
      id: newId('event'),
      kind: draft.kind,
      subjectId: draft.subjectId,
      ticketId: draft.ticketId ?? null,
      actor: toJson(context.actor),
      before: draft.before === undefined ? Prisma.DbNull : toJson(draft.before),
      after: draft.after === undefined ? Prisma.DbNull : toJson(draft.after),
      reason: draft.reason ?? null,
      commandId: context.command?.commandId ?? null,
      requestId: context.requestId,
      createdAt,
    })),
  });
}

async function appendJobs(context: Context, db: Transaction, jobs: readonly JobDraft[]): Promise<void> {
  await db.job.createMany({
    data: jobs.map((draft) => ({
      companyId: context.companyId,
      id: newId('job'),
      ticketId: draft.ticketId,
      kind: draft.kind,
      reference: toJson(draft.reference),
    })),
  });
}

/** JSON as the database stores it: dates become ISO strings, big integers exact numbers. */
export function toJson(value: unknown): Prisma.InputJsonValue {
  const text = JSON.stringify(value ?? null, (_key, member: unknown) =>
    typeof member === 'bigint' ? Number(member) : member,
  );
  return JSON.parse(text) as Prisma.InputJsonValue;
}

function translated(error: unknown): unknown {
  const constraint = constraintOf(error);
  return constraint === undefined ? error : (refusalOfConstraint(constraint) ?? error);
}
