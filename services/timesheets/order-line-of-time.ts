import { DomainError, invalidField } from '../../domain/shared/errors';
import { chargedLine, ticketPlace } from '../../prisma/statements/charged-line';
import type { Context } from '../context';
import type { Queryable } from '../listing';

interface NamedLine {
  /** The line itself when time may count on it. */
  readonly charged: string | null;
  readonly status: string | null;
  readonly kind: string | null;
  readonly unit: string | null;
}

/** Why a ticket's time may not count on a named order line; `undefined` when it may. */
export async function refusalOfLine(
  context: Context,
  ticketId: string,
  lineId: string,
  queryable: Queryable = context.database.pool as Queryable,
): Promise<DomainError | undefined> {
  const { rows } = await queryable.query(
    `SELECT ${chargedLine({ company: '$1', named: '$3', billable: 'true' })} AS charged, o.status, p.kind, l.unit
     FROM (${ticketPlace('$1', '$2')}) place
     LEFT JOIN sale_order_line l ON l.company_id = $1 AND l.id = $3
     LEFT JOIN sale_order o ON o.company_id = $1 AND o.id = l.order_id
     LEFT JOIN product p ON p.company_id = $1 AND p.id = l.product_id`,
    [context.companyId, ticketId, lineId],
  );
  const line = rows[0] as NamedLine | undefined;
  if (line === undefined || line.charged !== null) return undefined;
  if (line.status === null) {
    return invalidField('/saleOrderLineId', 'unknown_reference', 'There is no such sale order line.');
  }
  const reason =
    line.kind !== 'service' || line.unit === 'piece'
      ? 'it is not a service sold in hours or days'
      : line.status === 'confirmed'
        ? "it belongs to another customer than the ticket's"
        : 'its order is not confirmed';
  return new DomainError('order_line_not_billable', `Time cannot be logged on this order line: ${reason}.`, {
    fields: [
      { pointer: '/saleOrderLineId', code: 'order_line_not_billable', detail: `Not usable: ${reason}.` },
    ],
    state: { orderStatus: line.status },
  });
}

/** The order line that billable time on a ticket counts on when none is named, by the rule of `logTime`. */
export async function lineOfBillableTime(
  context: Context,
  ticketId: string,
  queryable: Queryable,
): Promise<string | null> {
  const { rows } = await queryable.query(
    `SELECT ${chargedLine({ company: '$1', named: 'NULL', billable: 'true' })} AS id
     FROM (${ticketPlace('$1', '$2')}) place`,
    [context.companyId, ticketId],
  );
  return (rows[0] as { readonly id: string | null } | undefined)?.id ?? null;
}
