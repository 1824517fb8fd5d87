import { notFound } from '../domain/shared/errors';
import { Prisma } from '../prisma/client';
import type { Context } from './context';
import { type Resource, readOne, requireVersion } from './listing';
import { within } from './prisma-queryable';
import { change, type UnitOfWork } from './transaction';

/** Without the members that were left out: `undefined` is no value to write. */
export function defined<Changes extends object>(
  changes: Changes,
): { [Key in keyof Changes]: Exclude<Changes[Key], undefined> } {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Changes]: Exclude<Changes[Key], undefined>;
  };
}

/**
 * One guarded change of a versioned record: locks the row, checks visibility and `If-Match`, lets the verb write
 * (including `version + 1`), and records before and after as one event.
 * @throws DomainError `not_found`, `precondition_failed`, and what `write` refuses with.
 */
export function updateRecord<View extends { readonly version: number }>(
  context: Context,
  options: {
    readonly resource: Resource;
    readonly table: string;
    readonly id: string;
    readonly expectedVersion: number | undefined;
    readonly eventKind: string;
    /** The ticket whose history the event belongs to, where there is one. */
    readonly ticketId?: string;
    readonly write: (work: UnitOfWork, before: View) => Promise<unknown>;
  },
): Promise<View> {
  return change(context, async (work) => {
    const { resource, id } = options;
    const locked = await work.db.$queryRaw<{ id: string }[]>`
      SELECT id FROM ${Prisma.raw(`"${options.table}"`)} WHERE company_id = ${context.companyId} AND id = ${id} FOR UPDATE`;
    if (locked.length === 0) throw notFound(resource.name);
    const before = await readOne<View>(context, resource, id, within(work.db));
    requireVersion(before.version, options.expectedVersion);
    await options.write(work, before);
    const after = await readOne<View>(context, resource, id, within(work.db));
    const history = options.ticketId === undefined ? {} : { ticketId: options.ticketId };
    work.event({ kind: options.eventKind, subjectId: id, ...history, before, after });
    return after;
  });
}

/** The part of a Prisma update that every versioned record shares. */
export function nextVersion(context: Context): { version: { increment: 1 }; updatedAt: Date } {
  return { version: { increment: 1 }, updatedAt: context.now() };
}
