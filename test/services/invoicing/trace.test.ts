import { postInvoice } from '../../../services/invoicing/post-invoice';
import { orderProfitability } from '../../../services/invoicing/profitability';
import { recordPayment } from '../../../services/invoicing/record-payment';
import { traceInvoice } from '../../../services/invoicing/trace-invoice';
import { traceSaleOrder } from '../../../services/invoicing/trace-sale-order';
import { testDatabase } from '../../support/database';
import { company, contextFor, employee, timesheetEntry } from '../../support/factories';
import { type Ledger, ledger } from './ledger';

const database = testDatabase();

/** An order with an invoiced and paid hour of May, an unbilled half hour of June and one that is not billable. */
async function story(): Promise<Ledger & { invoiceId: string; entries: string[] }> {
  const own = await ledger(database);
  const { world, order, ticket, log, draft } = own;
  const may = await log(1, '2026-05-20');
  const drafted = await draft();
  const finance = contextFor(world, { role: 'finance', now: () => new Date('2026-05-31T22:30:00Z') });
  await postInvoice(finance, drafted.id, undefined);
  await recordPayment(finance, drafted.id, {
    amountMinor: 2_000,
    paidAt: '2026-06-03T00:00:00Z',
    method: 'card',
    reference: 'r1',
  });
  const entry = await database.prisma.timesheetEntry.findFirstOrThrow({ where: { id: may } });
  const on = { ticketId: ticket.id, projectId: entry.projectId, employeeId: entry.employeeId };
  const june = await timesheetEntry(world, on, {
    minutes: 31,
    date: '2026-06-02',
    saleOrderLineId: order.lineId,
    applied: true,
  });
  const goodwill = await timesheetEntry(world, on, {
    minutes: 60,
    date: '2026-06-04',
    billable: false,
    saleOrderLineId: order.lineId,
    applied: true,
  });
  return { ...own, invoiceId: drafted.id, entries: [may, june, goodwill] };
}

describe('traceability', () => {
  it('leads from an invoice down to minutes, people and tickets, and up to order line and payment', async () => {
    const { world, order, ticket, invoiceId, entries } = await story();
    const trace = await traceInvoice(contextFor(world), invoiceId);
    expect(trace.invoice).toMatchObject({ id: invoiceId, number: 'INV/2026/00001', openMinor: 10_000 });
    expect(trace.saleOrder.id).toBe(order.id);
    expect(trace.payments).toEqual([
      expect.objectContaining({ reference: 'r1', paidAt: '2026-06-03T00:00:00.000Z' }),
    ]);
    expect(trace.lines).toHaveLength(1);
    expect(trace.lines[0]?.saleOrderLine.id).toBe(order.lineId);
    expect(trace.lines[0]?.slices).toEqual([
      expect.objectContaining({
        fate: 'invoiced',
        minutes: 60,
        invoiceLineId: trace.lines[0]?.id,
        entry: expect.objectContaining({
          id: entries[0],
          date: '2026-05-20',
          employeeName: 'Erin Employee',
          ticketId: ticket.id,
          ticketReference: `#${String(ticket.number).padStart(5, '0')}`,
        }),
      }),
    ]);
  });

  it('leads from an order to every minute on it, billed or not, and to its invoices', async () => {
    const { world, order, ticket, invoiceId, entries } = await story();
    const trace = await traceSaleOrder(contextFor(world), order.id);
    const [line] = trace.lines;
    expect(line?.slices.map((slice) => [slice.entry.id, slice.fate])).toEqual([
      [entries[0], 'invoiced'],
      [entries[1], 'unbilled'],
      [entries[2], 'non_billable'],
    ]);
    expect(line?.invoiceLines).toEqual([expect.objectContaining({ invoiceId, quantityMinutes: 60 })]);
    expect(line?.slices[0]?.invoiceLineId).toBe(line?.invoiceLines[0]?.id);
    expect(trace.invoices).toEqual([
      expect.objectContaining({ id: invoiceId, paidMinor: 2_000, payments: [expect.anything()] }),
    ]);
    expect(trace.tickets).toEqual([{ id: ticket.id, reference: expect.any(String), minutes: 151 }]);
  });

  it('shows neither to another company', async () => {
    const { order, invoiceId } = await story();
    const other = contextFor(await company(database));
    await expect(traceSaleOrder(other, order.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(traceInvoice(other, invoiceId)).rejects.toMatchObject({ code: 'not_found' });
    await expect(orderProfitability(other, order.id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('profitability', () => {
  it('sets revenue against cost by month; revenue in the month it was posted for the company', async () => {
    const { world, order } = await story();
    const answer = await orderProfitability(contextFor(world), order.id);
    // 45.00 an hour: 60 min = 45.00; 31 min = 23.25; 60 min that nobody pays for = 45.00.
    expect(answer).toEqual({
      saleOrderId: order.id,
      currency: 'EUR',
      revenueMinor: 12_000,
      costMinor: 11_325,
      marginMinor: 675,
      otherCosts: [],
      byMonth: [
        { month: '2026-05', revenueMinor: 0, costMinor: 4_500, marginMinor: -4_500 },
        { month: '2026-06', revenueMinor: 12_000, costMinor: 6_825, marginMinor: 5_175 },
      ],
    });
  });

  it('keeps costs in another currency apart', async () => {
    const { world, order, ticket, log } = await ledger(database);
    const entry = await database.prisma.timesheetEntry.findFirstOrThrow({
      where: { id: await log(1, '2026-05-01') },
    });
    const employeeId = await employee(world, { hourlyCostMinor: 101 });
    await database.prisma.employee.updateMany({ where: { id: employeeId }, data: { currency: 'CHF' } });
    await timesheetEntry(
      world,
      { ticketId: ticket.id, projectId: entry.projectId, employeeId },
      { minutes: 30, date: '2026-05-02', saleOrderLineId: order.lineId, applied: true },
    );
    expect(await orderProfitability(contextFor(world), order.id)).toMatchObject({
      costMinor: 4_500,
      otherCosts: [{ currency: 'CHF', costMinor: 51 }],
    });
  });
});
