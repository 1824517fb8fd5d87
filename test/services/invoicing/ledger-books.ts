import { invoiceFindings } from '../../../services/invoicing/invariants';
import { ledgerFindings } from '../../../services/timesheets/invariants';
import type { World } from '../../support/factories';
import type { MinutesModel } from './minutes-model';

/** Fails unless everything the books say is what the model says. */
export async function expectBooksOf({ database, companyId }: World, model: MinutesModel): Promise<void> {
  const slices = await database.prisma.slice.findMany({
    where: { companyId },
    orderBy: { fromMinute: 'asc' },
  });
  const lines = await database.prisma.invoiceLine.findMany({ where: { companyId } });
  const invoiceOf = new Map(lines.map((line) => [line.id, line.invoiceId]));
  const minutes = slices.flatMap((slice) =>
    Array.from({ length: slice.toMinute - slice.fromMinute }, (_, at) => ({
      ...slice,
      minute: slice.fromMinute + at,
      invoiceId: slice.invoiceLineId === null ? null : invoiceOf.get(slice.invoiceLineId),
    })),
  );
  for (const { id, applied, minutes: billed } of model.entries) {
    const held = minutes.filter(({ entryId }) => entryId === id);
    expect(held.map(({ minute }) => minute)).toEqual(
      Array.from({ length: applied?.minutes ?? 0 }, (_, at) => at),
    );
    const counts = applied?.billable === true && applied.lineId !== null;
    if (!counts)
      expect(new Set(held.map(({ fate }) => fate))).toEqual(new Set(held.length > 0 ? ['non_billable'] : []));
    else if (billed.length > 0) {
      expect(held.map(({ fate, invoiceId }) => [fate, invoiceId])).toEqual(
        billed.map((invoiceId) => {
          const posted = model.invoices.some((invoice) => invoice.id === invoiceId && invoice.posted);
          return [invoiceId === null ? 'unbilled' : posted ? 'invoiced' : 'reserved', invoiceId];
        }),
      );
    }
  }
  const orderLines = await database.prisma.saleOrderLine.findMany({ where: { companyId } });
  for (const line of orderLines) {
    const delivered = model.delivered(line.id);
    expect([line.id, line.deliveredMinutes]).toEqual([line.id, delivered]);
    if (line.invoicing !== 'prepaid') continue;
    const drawn = Math.min(delivered, line.orderedMinutes ?? 0);
    const invoiced = Math.min(drawn, model.onInvoices(line.id, 'posted'));
    const having = (fate: string) =>
      minutes.filter((minute) => minute.saleOrderLineId === line.id && minute.fate === fate).length;
    expect([having('invoiced'), having('reserved'), having('unbilled')]).toEqual([
      invoiced,
      drawn - invoiced,
      delivered - drawn,
    ]);
  }
  for (const invoice of model.invoices) {
    const own = lines.filter(({ invoiceId }) => invoiceId === invoice.id);
    expect(new Map(own.map((line) => [line.saleOrderLineId, line.quantityMinutes]))).toEqual(
      invoice.quantities,
    );
    for (const line of own) {
      expect(Number(line.amountMinor)).toBe(
        model.amountMinor(line.saleOrderLineId, line.quantityMinutes ?? 0),
      );
      const behind = minutes.filter(({ invoiceLineId }) => invoiceLineId === line.id).length;
      expect(behind).toBeLessThanOrEqual(line.quantityMinutes ?? 0);
    }
  }
  const stored = await database.prisma.invoice.findMany({ where: { companyId }, orderBy: { id: 'asc' } });
  expect(
    stored.map(({ id, status, totalMinor, paidMinor }) => [
      id,
      status,
      Number(totalMinor),
      Number(paidMinor),
    ]),
  ).toEqual(
    model.invoices.map(({ id, posted, quantities, paidMinor }) => {
      const total = model.totalMinor(quantities);
      return [id, paidMinor === total ? 'paid' : posted ? 'posted' : 'draft', total, paidMinor];
    }),
  );
  const numbers = stored.flatMap(({ number }) => (number === null ? [] : [Number(number.slice(-5))]));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, at) => at + 1));
  expect(await ledgerFindings(database.pool, { companyId, pendingSeconds: 3600 })).toEqual([]);
  expect(await invoiceFindings(database.pool, companyId)).toEqual([]);
}
