import { invalidField, notFound } from '../../domain/shared/errors';
import { boardStart, boardStatement } from '../../prisma/statements/board';
import type { Context } from '../context';
import { seesEverything } from '../tickets/visibility';

export interface BoardQuery {
  /** Cards a stage. */
  readonly limit: number;
  readonly stageId?: string | undefined;
  /** A stage's `nextCursor`; only with `stageId`. */
  readonly cursor?: string | undefined;
}

/**
 * A team's board as JSON text, written by PostgreSQL in one round trip: each stage with its count and its first
 * cards by priority, then newest (spec.md §4); with `stageId` one stage, from the cursor on.
 * @throws DomainError `not_found` when the team is not there for this caller, `validation_failed`.
 */
export async function readBoard(context: Context, teamId: string, query: BoardQuery): Promise<string> {
  const from = readCursor(query.cursor);
  if (query.cursor !== undefined && query.stageId === undefined) {
    throw invalidField('/query/stageId', 'missing', 'A cursor goes on in one stage; name the stage.');
  }
  const user = seesEverything(context) ? null : userOf(context);
  const { rows } = await context.database.pool.query<{ board: string; stages: number }>({
    ...boardStatement,
    values: [context.companyId, teamId, user, query.limit, query.stageId ?? null, from.rank, from.id],
  });
  if (rows[0] === undefined) throw notFound('team');
  if (query.stageId !== undefined && rows[0].stages === 0) {
    throw invalidField('/query/stageId', 'unknown_reference', 'The team has no such stage.');
  }
  return rows[0].board;
}

function userOf(context: Context): string {
  if (context.actor.type !== 'user') throw notFound('team');
  return context.actor.userId;
}

function readCursor(text: string | undefined): { readonly rank: number; readonly id: string } {
  if (text === undefined) return boardStart;
  const parts = /^([0-3])\.(tkt_[0-9a-hjkmnp-tv-z]{26})$/.exec(text);
  if (parts?.[1] === undefined || parts[2] === undefined) {
    throw invalidField(
      '/query/cursor',
      'bad_cursor',
      'This is not a cursor of ours; leave it out to start over.',
    );
  }
  return { rank: Number(parts[1]), id: parts[2] };
}
