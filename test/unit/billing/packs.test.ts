import fc from 'fast-check';
import { refillPack, type WaitingSlice } from '../../../domain/billing/packs';
import { minutesOf, totalMinutes } from '../../../domain/billing/stretches';

const waiting = (...lengths: readonly [WaitingSlice['fate'], number][]): WaitingSlice[] =>
  lengths.map(([fate, minutes], index) => ({
    id: `s${index}`,
    fate,
    fromMinute: 10,
    toMinute: 10 + minutes,
  }));

const partsOf = (...refilled: Parameters<typeof refillPack>): string[] =>
  refillPack(...refilled).map(({ slice, parts }) =>
    [
      slice.id,
      ...parts.map((part) => `${part.fromMinute}-${part.toMinute} ${part.invoiceLineId ?? part.fate}`),
    ].join(' '),
  );

test.each([
  { freeMinutes: 0, parts: [] },
  { freeMinutes: 19, parts: ['s0 10-29 reserved 29-40 unbilled'] },
  { freeMinutes: 30, parts: ['s0 10-40 reserved'] },
  { freeMinutes: 45, parts: ['s0 10-40 reserved', 's1 10-25 reserved 25-30 unbilled'] },
  { freeMinutes: 999, parts: ['s0 10-40 reserved', 's1 10-30 reserved'] },
])('a pack with $freeMinutes free minutes draws the first overage', ({ freeMinutes, parts }) => {
  expect(partsOf(waiting(['unbilled', 30], ['unbilled', 20]), { freeMinutes, posted: [] })).toEqual(parts);
});

test('minutes on posted invoices go to what is reserved, then to overage, one invoice after the other', () => {
  const posted = [
    { invoiceLineId: 'first', minutes: 25 },
    { invoiceLineId: 'second', minutes: 10 },
  ];
  const slices = waiting(['reserved', 20], ['unbilled', 30], ['unbilled', 5]);
  expect(partsOf(slices, { freeMinutes: 20, posted })).toEqual([
    's0 10-30 first',
    's1 10-15 first 15-25 second 25-30 reserved 30-40 unbilled',
  ]);
  expect(partsOf(slices, { freeMinutes: 0, posted })).toEqual(['s0 10-30 first']);
  expect(partsOf(slices, { freeMinutes: 0, posted: [] })).toEqual([]);
});

test('exactly what is free is drawn, exactly what is posted is used, and no minute comes or goes', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 });
  fc.assert(
    fc.property(lengths, lengths, fc.nat(200), lengths, (reserved, overage, freeMinutes, rooms) => {
      const slices = waiting(
        ...reserved.map((minutes): ['reserved', number] => ['reserved', minutes]),
        ...overage.map((minutes): ['unbilled', number] => ['unbilled', minutes]),
      );
      const posted = rooms.map((minutes, index) => ({ invoiceLineId: `i${index}`, minutes }));
      const refilled = refillPack(slices, { freeMinutes, posted });
      for (const { slice, parts } of refilled) expect(totalMinutes(parts)).toBe(minutesOf(slice));
      const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0);
      const drawn = Math.min(freeMinutes, sum(overage));
      const parts = refilled.flatMap((one) => one.parts.map((part) => ({ ...part, was: one.slice.fate })));
      const fromOverage = parts.filter(({ was, fate }) => was === 'unbilled' && fate !== 'unbilled');
      expect(totalMinutes(fromOverage)).toBe(drawn);
      const invoiced = parts.filter(({ fate }) => fate === 'invoiced');
      expect(totalMinutes(invoiced)).toBe(Math.min(sum(rooms), sum(reserved) + drawn));
      for (const { invoiceLineId, minutes } of posted) {
        const on = invoiced.filter((part) => part.invoiceLineId === invoiceLineId);
        expect(totalMinutes(on)).toBeLessThanOrEqual(minutes);
      }
    }),
  );
});
