import { moneyText } from '../../domain/billing/currencies';
import { DomainError, notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { nextVersion } from '../update';
import { type InvoicePaymentView, type InvoiceView, invoiceResource } from './invoice';

export interface PaymentDraft {
  readonly amountMinor: number;
  readonly paidAt: string;
  readonly method: string;
  /** The payer's or the bank's; once per invoice. */
  readonly reference: string;
}

/** A payment with what it made of its invoice. */
export interface RecordedPayment extends InvoicePaymentView {
  readonly invoiceId: string;
  readonly invoiceStatus: InvoiceView['status'];
  readonly openMinor: number;
}

/**
 * Records a payment, in part or in full (spec.md §9); the one that closes the invoice makes it paid, at the latest
 * instant of its payments. Payments of one invoice at once are taken one after the other.
 * @throws DomainError `not_found`, `invoice_not_posted`, `already_exists` for a reference that is recorded already,
 * `payment_too_high`.
 */
export function recordPayment(
  context: Context,
  invoiceId: string,
  draft: PaymentDraft,
): Promise<RecordedPayment> {
  const { companyId } = context;
  return change(context, async ({ db, event }) => {
    const locked = await db.$queryRaw<unknown[]>`
      SELECT id FROM invoice WHERE company_id = ${companyId} AND id = ${invoiceId} FOR UPDATE`;
    if (locked.length === 0) throw notFound(invoiceResource.name);
    const invoice = await readOne<InvoiceView>(context, invoiceResource, invoiceId, within(db));
    requirePayable(invoice, draft);
    const id = newId('payment');
    const paidAt = new Date(draft.paidAt);
    await db.payment.create({
      data: {
        companyId,
        id,
        invoiceId,
        amountMinor: BigInt(draft.amountMinor),
        currency: invoice.currency,
        paidAt,
        method: draft.method,
        reference: draft.reference,
        createdAt: context.now(),
      },
    });
    const closes = draft.amountMinor === invoice.openMinor;
    const instants = [paidAt, ...invoice.payments.map((payment) => new Date(payment.paidAt))];
    await db.invoice.update({
      where: { companyId_id: { companyId, id: invoiceId } },
      data: {
        paidMinor: { increment: BigInt(draft.amountMinor) },
        ...(closes
          ? { status: 'paid', paidAt: new Date(Math.max(...instants.map((instant) => instant.getTime()))) }
          : {}),
        ...nextVersion(context),
      },
    });
    const after = await readOne<InvoiceView>(context, invoiceResource, invoiceId, within(db));
    const payment = after.payments.find((candidate) => candidate.id === id);
    if (payment === undefined) throw new Error('the payment is not on its invoice');
    const recorded = { ...payment, invoiceId, invoiceStatus: after.status, openMinor: after.openMinor };
    event({ kind: 'invoice.payment_recorded', subjectId: invoiceId, after: recorded });
    return recorded;
  });
}

function requirePayable(invoice: InvoiceView, draft: PaymentDraft): void {
  if (invoice.status === 'draft') {
    throw new DomainError('invoice_not_posted', 'The invoice is a draft; post it before it is paid.', {
      state: { status: invoice.status },
    });
  }
  if (invoice.payments.some((payment) => payment.reference === draft.reference)) {
    throw new DomainError('already_exists', 'A payment with this reference is on the invoice already.');
  }
  if (draft.amountMinor > invoice.openMinor) {
    const { openMinor, currency } = invoice;
    const why =
      openMinor === 0
        ? 'The invoice is paid in full already.'
        : `Only ${moneyText(openMinor, currency)} of the invoice is open.`;
    throw new DomainError('payment_too_high', why, { state: { openMinor, currency } });
  }
}
