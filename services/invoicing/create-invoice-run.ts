import { DomainError, invalidField } from '../../domain/shared/errors';
import { Prisma, type Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import { toJson } from '../json';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change, type UnitOfWork } from '../transaction';
import { type InvoiceRunDetailView, type InvoiceRunFilter, invoiceRunDetailResource } from './invoice-run';

export interface InvoiceRunDraft {
  readonly filter: InvoiceRunFilter;
  /** Dates of the logged work, both inclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Whether each draft is posted at once. */
  readonly post?: boolean | undefined;
}

/**
 * Records a run and its orders (spec.md §9); the run's workflow does the work. Orders named one by one are taken in
 * any state, and refused by the run when they are not confirmed; otherwise all confirmed ones that match.
 * @throws DomainError `validation_failed` for unknown references or a period that ends before it begins.
 */
export function createInvoiceRun(context: Context, draft: InvoiceRunDraft): Promise<InvoiceRunDetailView> {
  requirePeriod(draft.from, draft.to);
  return change(context, async (work) => {
    await requireReferences(context, work.db, draft.filter);
    return insertRun(context, work, draft);
  });
}

/** Writes the run, its orders and its event; the caller has checked what the draft refers to. */
export async function insertRun(
  context: Context,
  { db, event }: UnitOfWork,
  draft: InvoiceRunDraft,
): Promise<InvoiceRunDetailView> {
  const id = newId('invoiceRun');
  await db.invoiceRun.create({
    data: {
      companyId: context.companyId,
      id,
      filter: toJson(draft.filter),
      periodFrom: draft.from === undefined ? null : new Date(draft.from),
      periodTo: draft.to === undefined ? null : new Date(draft.to),
      post: draft.post ?? false,
      requestedBy: toJson(context.actor),
    },
  });
  await db.$executeRaw`
    INSERT INTO invoice_run_order (company_id, run_id, sale_order_id)
    SELECT o.company_id, ${id}, o.id FROM sale_order o
    WHERE o.company_id = ${context.companyId} AND ${selection(draft.filter)}`;
  const run = await readOne<InvoiceRunDetailView>(context, invoiceRunDetailResource, id, within(db));
  const { orders: _orders, ...recorded } = run;
  event({ kind: 'invoice_run.requested', subjectId: id, after: recorded });
  return run;
}

/** A period may be open at both ends but must not be empty. @throws DomainError `validation_failed` */
export function requirePeriod(from: string | undefined, to: string | undefined): void {
  if (from !== undefined && to !== undefined && to < from) {
    throw invalidField('/to', 'too_low', 'The period must not end before it begins.');
  }
}

function selection(filter: InvoiceRunFilter): Prisma.Sql {
  const conditions = [
    ...(filter.saleOrderIds === undefined
      ? [Prisma.sql`o.status = 'confirmed'`]
      : [Prisma.sql`o.id = ANY(${[...filter.saleOrderIds]})`]),
    ...(filter.contactId === undefined
      ? []
      : [
          Prisma.sql`o.contact_id IN (SELECT c.id FROM contact c WHERE c.company_id = o.company_id
            AND (c.id = ${filter.contactId} OR c.organisation_id = ${filter.contactId}))`,
        ]),
  ];
  return Prisma.join(conditions, ' AND ');
}

async function requireReferences(context: Context, db: Transaction, filter: InvoiceRunFilter): Promise<void> {
  if (filter.contactId !== undefined) {
    const contact = await db.contact.findUnique({
      where: { companyId_id: { companyId: context.companyId, id: filter.contactId } },
      select: { id: true },
    });
    if (contact === null) {
      throw invalidField('/filter/contactId', 'unknown_reference', 'There is no such contact.');
    }
  }
  if (filter.saleOrderIds === undefined) return;
  const found = await db.saleOrder.findMany({
    where: { companyId: context.companyId, id: { in: [...filter.saleOrderIds] } },
    select: { id: true },
  });
  const known = new Set(found.map((order) => order.id));
  const fields = filter.saleOrderIds.flatMap((orderId, index) =>
    known.has(orderId)
      ? []
      : [
          {
            pointer: `/filter/saleOrderIds/${index}`,
            code: 'unknown_reference',
            detail: 'There is no such sale order.',
          },
        ],
  );
  if (fields.length > 0) {
    throw new DomainError('validation_failed', 'The run names unknown sale orders; nothing was changed.', {
      fields,
    });
  }
}
