import { notFound } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { type TeamView, teamResource } from './team';

/**
 * Locks a team for the rest of the transaction, so that changes of its stages, policies and people happen one
 * after the other. Tickets are created beside it: references to the team are not held up.
 * @throws DomainError `not_found` for unknown, foreign and invisible teams alike.
 */
export async function lockTeam(context: Context, db: Transaction, teamId: string): Promise<TeamView> {
  const locked = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM team WHERE company_id = ${context.companyId} AND id = ${teamId} FOR NO KEY UPDATE`;
  if (locked.length === 0) throw notFound('team');
  return readOne<TeamView>(context, teamResource, teamId, within(db));
}
