import { notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import type { Queryable } from '../listing';
import { visibleTickets } from './visibility';

/**
 * The id of the ticket that an id or a reference number (`42`) names, when this caller may see it. Every address
 * under a ticket goes through here, so that none of them shows what the ticket itself would not (spec.md §4).
 * @throws DomainError `not_found` for unknown, foreign and invisible tickets alike.
 */
export async function resolveTicketId(
  context: Context,
  idOrNumber: string,
  queryable: Queryable = context.database.pool as Queryable,
): Promise<string> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const company = bind(context.companyId);
  const named = /^\d{1,15}$/.test(idOrNumber)
    ? `t.number = ${bind(Number(idOrNumber))}::int8`
    : `t.id = ${bind(idOrNumber)}`;
  const { rows } = await queryable.query(
    `SELECT t.id FROM ticket t WHERE t.company_id = ${company} AND ${named} AND ${visibleTickets(context, bind)}`,
    values,
  );
  const found = rows[0] as { readonly id: string } | undefined;
  if (found === undefined) throw notFound('ticket');
  return found.id;
}
