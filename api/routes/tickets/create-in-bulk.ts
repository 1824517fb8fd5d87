import { z } from 'zod';
import { claimRequest } from '../../../services/claim-request';
import type { Context } from '../../../services/context';
import { derivedId } from '../../../services/ids';
import { createTicket } from '../../../services/tickets/create-ticket';
import { type Problem, toProblem } from '../../problems';
import type { RouteAnswer } from '../../route';
import { ticket } from './schemas';

export const bulkItem = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('created'), ticket }),
  z.strictObject({
    status: z.literal('refused'),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.strictObject({ pointer: z.string(), code: z.string(), detail: z.string() })),
  }),
]);

type BulkItem = z.input<typeof bulkItem>;

/** Enough to use the database's group commit, few enough to leave connections for others. */
const atOnce = 4;
/** A database that took none of so many takes none of the others; each of them would wait for it as long again. */
const mostUnavailable = 4;

/**
 * Creates each ticket for itself (spec.md §12): whatever one of them meets is its own item's answer, and nothing is
 * created after the answer. When the database is away, those that were not tried are refused like those that were.
 * @throws DomainError `idempotency_key_reused`
 */
export async function createInBulk(
  context: Context,
  drafts: readonly Parameters<typeof createTicket>[1][],
): Promise<RouteAnswer> {
  await claimRequest(context);
  const results: BulkItem[] = [];
  const failures: unknown[] = [];
  const unavailable: Problem[] = [];
  const create = async (draft: (typeof drafts)[number], index: number): Promise<BulkItem> => {
    const [known] = unavailable;
    if (known !== undefined && unavailable.length >= mostUnavailable) return refused(known);
    try {
      return { status: 'created', ticket: await createTicket(itemContext(context, index), draft) };
    } catch (error) {
      const problem = toProblem(error, context.requestId ?? '');
      if (problem.status >= 500) failures.push(error);
      if (problem.code === 'database_unavailable') unavailable.push(problem);
      return refused(problem);
    }
  };
  const pending = drafts.map((draft, index) => ({ draft, index }));
  const work = async (): Promise<void> => {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      results[next.index] = await create(next.draft, next.index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { body: { results }, failures };
}

function refused({ code, detail, errors }: Problem): BulkItem {
  return { status: 'refused', code, detail, errors: [...(errors ?? [])] };
}

/** Each ticket has a key of its own under the request's, so that a repeated request repeats none of them. */
function itemContext(context: Context, index: number): Context {
  if (context.command === null) return context;
  const commandId = derivedId('command', context.command.commandId, String(index));
  return { ...context, command: { ...context.command, commandId, replayed: false } };
}
