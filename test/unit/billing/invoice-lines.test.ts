import { type BillableLine, planInvoice, totalMinor } from '../../../domain/billing/invoice-lines';

const line = (changes: Partial<BillableLine>): BillableLine => ({
  id: 'line',
  description: 'Support',
  invoicing: 'time_and_materials',
  unit: 'hour',
  unitPriceMinor: 10_000n,
  orderedMinutes: null,
  quantity: null,
  invoicedMinutes: 0,
  invoicedQuantity: 0,
  unbilledMinutes: 0,
  ...changes,
});

describe('planInvoice', () => {
  it.each<[string, Partial<BillableLine>, number | null, number | null, bigint]>([
    ['unbilled minutes of time and materials', { unbilledMinutes: 90 }, 90, null, 15_000n],
    ['a day of 480 minutes', { unit: 'day', unbilledMinutes: 240 }, 240, null, 5_000n],
    ['half a minor unit up', { unbilledMinutes: 1, unitPriceMinor: 30n }, 1, null, 1n],
    [
      'prepaid time less what is invoiced, whatever was delivered',
      { invoicing: 'prepaid', orderedMinutes: 600, invoicedMinutes: 120, unbilledMinutes: 999 },
      480,
      null,
      80_000n,
    ],
    ['pieces less what is invoiced', { unit: 'piece', quantity: 5, invoicedQuantity: 2 }, null, 3, 30_000n],
  ])('bills %s', (_what, changes, quantityMinutes, quantity, amountMinor) => {
    expect(planInvoice([line(changes)])).toEqual([
      expect.objectContaining({ quantityMinutes, quantity, amountMinor }),
    ]);
  });

  it.each<[string, Partial<BillableLine>]>([
    ['time and materials without unbilled time', { orderedMinutes: 600 }],
    ['prepaid time that is invoiced', { invoicing: 'prepaid', orderedMinutes: 60, invoicedMinutes: 60 }],
    ['prepaid time invoiced beyond', { invoicing: 'prepaid', orderedMinutes: 60, invoicedMinutes: 90 }],
    ['pieces that are invoiced', { unit: 'piece', quantity: 1, invoicedQuantity: 1 }],
  ])('leaves out %s', (_what, changes) => {
    expect(planInvoice([line(changes)])).toEqual([]);
  });

  it('adds its lines up exactly, beyond what a float can hold', () => {
    expect(totalMinor([{ amountMinor: 9_007_199_254_740_993n }, { amountMinor: 2n }])).toBe(
      9_007_199_254_740_995n,
    );
  });
});
