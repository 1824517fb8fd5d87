import { invalidField } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { insertOrderLines, type SaleOrderLineDraft } from './order-lines';
import { type SaleOrderView, saleOrderResource } from './sale-order';

export interface SaleOrderDraft {
  readonly contactId: string;
  readonly currency: string;
  /** 1 to 100, in the order in which they are shown. */
  readonly lines: readonly SaleOrderLineDraft[];
}

/**
 * Creates a draft sale order with the company's next number (spec.md §9). A rolled-back order may leave a gap in
 * these numbers; only invoice numbers are gapless.
 * @throws DomainError `validation_failed` for an unknown contact or a bad line, `currency_mismatch`.
 */
export function createSaleOrder(context: Context, draft: SaleOrderDraft): Promise<SaleOrderView> {
  return change(context, async ({ db, event }) => {
    await requireContact(context, db, draft.contactId);
    const id = newId('saleOrder');
    await db.saleOrder.create({
      data: {
        companyId: context.companyId,
        id,
        number: await nextNumber(context, db),
        contactId: draft.contactId,
        currency: draft.currency,
      },
    });
    await insertOrderLines(context, db, { id, currency: draft.currency }, draft.lines);
    const order = await readOne<SaleOrderView>(context, saleOrderResource, id, within(db));
    event({ kind: 'sale_order.created', subjectId: id, after: order });
    return order;
  });
}

/** Refuses a customer that is not one of this company's contacts. @throws DomainError `validation_failed` */
export async function requireContact(context: Context, db: Transaction, contactId: string): Promise<void> {
  const contact = await db.contact.findUnique({
    where: { companyId_id: { companyId: context.companyId, id: contactId } },
    select: { id: true },
  });
  if (contact === null) throw invalidField('/contactId', 'unknown_reference', 'There is no such contact.');
}

async function nextNumber(context: Context, db: Transaction): Promise<bigint> {
  const sequence = `sale_order_number_${context.companyId}`;
  const [row] = await db.$queryRaw<{ number: bigint }[]>`
    SELECT nextval(quote_ident(${sequence}::text)::regclass) AS number`;
  if (row === undefined) throw new Error('the sequence of order numbers answered no row');
  return row.number;
}
