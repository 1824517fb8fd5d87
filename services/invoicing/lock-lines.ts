import type { Queryable } from '../listing';

/**
 * Locks an order's lines until the transaction ends. Slices on a line change only under the line's lock, and whoever
 * changes an entry takes its lines after it, so nothing an invoice is made of moves meanwhile. NO KEY UPDATE lets time
 * be logged on the lines all the while.
 */
export async function lockOrderLines(
  queryable: Queryable,
  companyId: string,
  saleOrderId: string,
): Promise<void> {
  await queryable.query(
    `SELECT id FROM sale_order_line WHERE company_id = $1 AND order_id = $2 ORDER BY id FOR NO KEY UPDATE`,
    [companyId, saleOrderId],
  );
}
