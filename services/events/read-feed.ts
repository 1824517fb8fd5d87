import { invalidField } from '../../domain/shared/errors';
import type { Context } from '../context';
import type { Page } from '../listing';
import { readPageRows } from '../page-rows';
import { seesEverything, visibleTeams, visibleTickets } from '../tickets/visibility';
import { type EventView, eventResource } from './event';

export interface FeedEvent extends EventView {
  /** Where to go on: events after this one. */
  readonly cursor: string;
}

const largestInt8 = 2n ** 63n - 1n;

/**
 * The company's events after a cursor, in one order that never changes (spec.md §11). Events are ordered by the
 * transaction that wrote them and shown only when every transaction up to theirs has ended, so a late commit never
 * lands behind a cursor that a reader already holds. Callers who are no administrators
 * see nothing of teams and tickets that are private to others.
 * @throws DomainError `validation_failed` for a cursor that is none of ours.
 */
export async function readFeed(
  context: Context,
  query: { readonly after?: string | undefined; readonly limit: number },
): Promise<Page<FeedEvent>> {
  const after = parseCursor(query.after);
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const { rows: data, more } = await readPageRows<FeedEvent>(
    context.database.pool,
    `SELECT ${eventResource.select}, e.transaction_id || '-' || e.position AS cursor
     FROM event e
     WHERE e.company_id = ${bind(context.companyId)}
       AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
       AND (e.transaction_id, e.position) > (${bind(after.transaction)}::xid8, ${bind(after.position)}::int8)
       AND ${visibleEvents(context, bind)}
     ORDER BY e.transaction_id, e.position`,
    values,
    query.limit,
  );
  return { data, nextCursor: more ? (data.at(-1)?.cursor ?? null) : null };
}

/**
 * A ticket's events follow the ticket; others name their team as subject or in what they changed. Those of API keys
 * are shown to whom the keys are.
 */
function visibleEvents(context: Context, bind: (value: unknown) => string): string {
  if (seesEverything(context)) return 'true';
  const user = context.actor.type === 'user' ? context.actor.userId : null;
  return `(e.kind NOT IN ('api_key.created', 'api_key.revoked')
      OR coalesce(e.after, e.before) ->> 'userId' = ${bind(user)})
    AND CASE WHEN e.ticket_id IS NOT NULL
    THEN EXISTS (SELECT 1 FROM ticket t WHERE t.company_id = e.company_id AND t.id = e.ticket_id
      AND ${visibleTickets(context, bind)})
    ELSE NOT EXISTS (SELECT 1 FROM team m WHERE m.company_id = e.company_id
      AND m.id IN (e.subject_id, e.after ->> 'teamId', e.before ->> 'teamId')
      AND NOT ${visibleTeams(context, bind)}) END`;
}

/**
 * Refuses what is no cursor of the feed, for readers that begin to answer before they read.
 * @throws DomainError `validation_failed` at the pointer.
 */
export function requireCursor(text: string, pointer: string): string {
  parseCursor(text, pointer);
  return text;
}

function parseCursor(
  text: string | undefined,
  pointer = '/query/after',
): { readonly transaction: string; readonly position: string } {
  if (text === undefined) return { transaction: '0', position: '0' };
  const [transaction, position] = text.split('-');
  if (
    transaction === undefined ||
    position === undefined ||
    !/^\d{1,19}-\d{1,19}$/.test(text) ||
    BigInt(transaction) > largestInt8 ||
    BigInt(position) > largestInt8
  ) {
    throw invalidField(pointer, 'bad_cursor', 'This is not a cursor of ours; leave it out to start over.');
  }
  return { transaction, position };
}
