import type { Unit } from '../../domain/billing/amounts';
import { lineAmountMinor, totalMinor } from '../../domain/billing/invoice-lines';
import { DomainError, type FieldProblem } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { within } from '../prisma-queryable';
import { nextVersion, updateRecord } from '../update';
import { freeNewestMinutes } from './free-slices';
import { type InvoiceLineView, type InvoiceView, invoiceResource } from './invoice';
import { lockOrderLines } from './lock-lines';
import { requireDraftInvoice } from './post-invoice';

export interface InvoiceLineChange {
  readonly lineId: string;
  /** At most what stands there now; 0 takes the line off the invoice. */
  readonly quantityMinutes?: number | undefined;
  readonly quantity?: number | undefined;
  readonly description?: string | undefined;
}

/**
 * Lowers quantities and rewords lines of a draft (spec.md §9). What is taken off is free at once, of logged time the
 * newest minutes first, and the next invoice bills it. A quantity is never raised: more is billed by logging time
 * or selling more.
 * @throws DomainError `not_found`, `precondition_failed`, `invoice_not_draft`, `validation_failed` for an unknown
 * line, a raised quantity, or when nothing would be left on the invoice.
 */
export function updateInvoice(
  context: Context,
  id: string,
  changes: readonly InvoiceLineChange[],
  expectedVersion: number | undefined,
): Promise<InvoiceView> {
  return updateRecord<InvoiceView>(context, {
    resource: invoiceResource,
    table: 'invoice',
    id,
    expectedVersion,
    eventKind: 'invoice.updated',
    write: async ({ db }, before) => {
      requireDraftInvoice(before);
      const problems = changes.flatMap((change, index) =>
        changeProblems(change, index, changes, before.lines),
      );
      if (problems.length > 0) {
        throw new DomainError('validation_failed', 'The invoice has bad lines; nothing was changed.', {
          fields: problems,
        });
      }
      const lines = changedLines(before.lines, changes);
      const total = totalMinor(lines);
      if (total === 0n) {
        throw new DomainError('validation_failed', 'Nothing would be left on the invoice.', {
          fields: [
            {
              pointer: '/lines',
              code: 'too_low',
              detail: 'Delete the draft instead of lowering it to nothing.',
            },
          ],
        });
      }
      await lockOrderLines(within(db), context.companyId, before.saleOrderId);
      await freeNewestMinutes(
        context,
        db,
        lines.map((line) => ({ lineId: line.id, minutes: line.takenMinutes })),
      );
      await writeLines(context, db, lines);
      await db.invoice.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { totalMinor: total, ...nextVersion(context) },
      });
    },
  });
}

interface ChangedLine {
  readonly id: string;
  readonly description: string;
  readonly quantityMinutes: number | null;
  readonly quantity: number | null;
  readonly amountMinor: bigint;
  readonly takenMinutes: number;
}

function changeProblems(
  change: InvoiceLineChange,
  index: number,
  changes: readonly InvoiceLineChange[],
  lines: readonly InvoiceLineView[],
): FieldProblem[] {
  const problem = (member: string, code: string, detail: string): FieldProblem[] => [
    { pointer: `/lines/${index}/${member}`, code, detail },
  ];
  const line = lines.find((candidate) => candidate.id === change.lineId);
  if (line === undefined) return problem('lineId', 'unknown_reference', 'The invoice has no such line.');
  if (changes.findIndex((other) => other.lineId === change.lineId) < index) {
    return problem('lineId', 'not_allowed', 'Name each line once.');
  }
  return [
    ...quantityProblems('quantityMinutes', change.quantityMinutes, line.quantityMinutes, problem),
    ...quantityProblems('quantity', change.quantity, line.quantity, problem),
  ];
}

function quantityProblems(
  member: 'quantityMinutes' | 'quantity',
  wanted: number | undefined,
  present: number | null,
  problem: (member: string, code: string, detail: string) => FieldProblem[],
): FieldProblem[] {
  if (wanted === undefined) return [];
  if (present === null) {
    const other = member === 'quantity' ? 'quantityMinutes' : 'quantity';
    return problem(member, 'not_allowed', `This line is measured in ${other}.`);
  }
  if (wanted > present) {
    return problem(member, 'too_high', `A line can only be lowered; ${present} stand on it.`);
  }
  return [];
}

function changedLines(
  lines: readonly InvoiceLineView[],
  changes: readonly InvoiceLineChange[],
): ChangedLine[] {
  const byLine = new Map(changes.map((change) => [change.lineId, change]));
  return lines.map((line) => {
    const change = byLine.get(line.id);
    const minutes = line.quantityMinutes === null ? null : (change?.quantityMinutes ?? line.quantityMinutes);
    const quantity = line.quantity === null ? null : (change?.quantity ?? line.quantity);
    return {
      id: line.id,
      description: change?.description ?? line.description,
      quantityMinutes: minutes,
      quantity,
      amountMinor: lineAmountMinor(line.unit as Unit, minutes ?? quantity ?? 0, BigInt(line.unitPriceMinor)),
      takenMinutes: (line.quantityMinutes ?? 0) - (minutes ?? 0),
    };
  });
}

async function writeLines(context: Context, db: Transaction, lines: readonly ChangedLine[]): Promise<void> {
  const gone = lines.filter((line) => (line.quantityMinutes ?? line.quantity) === 0);
  const kept = lines.filter((line) => (line.quantityMinutes ?? line.quantity) !== 0);
  await db.invoiceLine.deleteMany({
    where: { companyId: context.companyId, id: { in: gone.map((line) => line.id) } },
  });
  await db.$executeRaw`
    UPDATE invoice_line SET description = kept.description, quantity_minutes = kept.minutes,
      quantity = kept.quantity, amount_minor = kept.amount
    FROM unnest(${kept.map((line) => line.id)}::text[], ${kept.map((line) => line.description)}::text[],
      ${kept.map((line) => line.quantityMinutes)}::int[], ${kept.map((line) => line.quantity)}::int[],
      ${kept.map((line) => line.amountMinor)}::bigint[]) AS kept (id, description, minutes, quantity, amount)
    WHERE invoice_line.company_id = ${context.companyId} AND invoice_line.id = kept.id`;
}
