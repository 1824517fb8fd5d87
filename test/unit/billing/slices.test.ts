import fc from 'fast-check';
import { type ChargedLine, isLocked, type PlannedSlice, planSlices } from '../../../domain/billing/slices';
import { gapsBetween, takeFirst, totalMinutes } from '../../../domain/billing/stretches';

const invoiceLineId = 'inl_00000000000000000000000001';
const timeAndMaterials: ChargedLine = { invoicing: 'time_and_materials' };
const pack = (
  availableMinutes: number,
  posted: string | null = null,
  room = availableMinutes,
): ChargedLine => ({
  invoicing: 'prepaid',
  availableMinutes,
  posted: posted === null ? [] : [{ invoiceLineId: posted, minutes: room }],
});

const slice = (
  fromMinute: number,
  toMinute: number,
  fate: PlannedSlice['fate'],
  invoiceLine: string | null = null,
): PlannedSlice => ({
  fromMinute,
  toMinute,
  fate,
  onLine: fate !== 'non_billable',
  invoiceLineId: invoiceLine,
});

/** Stretches that do not overlap, from lengths and gaps. */
const stretches = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 120 })), { maxLength: 6 })
  .map((pairs) => {
    let position = 0;
    return pairs.map(([gap, length]) => {
      const fromMinute = position + gap;
      position = fromMinute + length;
      return { fromMinute, toMinute: position };
    });
  });

describe('the fates of an entry', () => {
  test.each([
    { billable: false, line: timeAndMaterials, slices: [slice(0, 90, 'non_billable')] },
    { billable: true, line: null, slices: [slice(0, 90, 'non_billable')] },
    { billable: true, line: timeAndMaterials, slices: [slice(0, 90, 'unbilled')] },
    { billable: true, line: pack(500), slices: [slice(0, 90, 'reserved')] },
    { billable: true, line: pack(90), slices: [slice(0, 90, 'reserved')] },
    { billable: true, line: pack(89), slices: [slice(0, 89, 'reserved'), slice(89, 90, 'unbilled')] },
    { billable: true, line: pack(0), slices: [slice(0, 90, 'unbilled')] },
    {
      billable: true,
      line: pack(30, invoiceLineId),
      slices: [slice(0, 30, 'invoiced', invoiceLineId), slice(30, 90, 'unbilled')],
    },
    {
      billable: true,
      line: pack(60, invoiceLineId, 25),
      slices: [slice(0, 25, 'invoiced', invoiceLineId), slice(25, 60, 'reserved'), slice(60, 90, 'unbilled')],
    },
  ])('billable $billable on $line', ({ billable, line, slices }) => {
    expect(planSlices({ minutes: 90, billable, line, locked: [] })).toEqual(slices);
  });

  test('leave the locked minutes where they are and cover the rest', () => {
    const locked = [{ fromMinute: 20, toMinute: 40 }];
    expect(planSlices({ minutes: 90, billable: true, line: pack(30), locked })).toEqual([
      slice(0, 20, 'reserved'),
      slice(40, 50, 'reserved'),
      slice(50, 90, 'unbilled'),
    ]);
  });

  test('cannot be planned when a locked slice ends after the entry', () => {
    const locked = [{ fromMinute: 0, toMinute: 60 }];
    expect(planSlices({ minutes: 59, billable: true, line: timeAndMaterials, locked })).toBeUndefined();
    expect(planSlices({ minutes: 60, billable: true, line: timeAndMaterials, locked })).toEqual([]);
  });

  test('cover each minute once, and never draw more than the pack holds', () => {
    const lines = fc.oneof(
      fc.constant(null),
      fc.constant(timeAndMaterials),
      fc
        .tuple(fc.nat(2000), fc.boolean())
        .map(([minutes, posted]) => pack(minutes, posted ? invoiceLineId : null)),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1440 }),
        fc.boolean(),
        lines,
        stretches,
        (minutes, billable, line, locked) => {
          const planned = planSlices({ minutes, billable, line, locked });
          if ((locked.at(-1)?.toMinute ?? 0) > minutes) return planned === undefined;
          if (planned === undefined) return false;
          const covered = new Array<number>(minutes).fill(0);
          for (const part of [...planned, ...locked]) {
            for (let minute = part.fromMinute; minute < part.toMinute; minute++)
              covered[minute] = (covered[minute] ?? 0) + 1;
          }
          const drawn = totalMinutes(
            planned.filter(({ fate }) => fate === 'reserved' || fate === 'invoiced'),
          );
          const available = line?.invoicing === 'prepaid' && billable ? line.availableMinutes : 0;
          return (
            covered.every((count) => count === 1) && drawn === Math.min(available, totalMinutes(planned))
          );
        },
      ),
    );
  });
});

describe('locks', () => {
  test.each([
    ['unbilled', 'time_and_materials', false],
    ['reserved', 'time_and_materials', true],
    ['invoiced', 'time_and_materials', true],
    ['credited', 'time_and_materials', true],
    ['written_off', 'time_and_materials', true],
    ['non_billable', null, false],
    ['unbilled', 'prepaid', false],
    ['reserved', 'prepaid', false],
    ['invoiced', 'prepaid', false],
    ['credited', 'prepaid', true],
    ['written_off', 'prepaid', true],
  ] as const)('%s on %s: %s', (fate, invoicing, locked) => {
    expect(isLocked(fate, invoicing)).toBe(locked);
  });
});

describe('stretches', () => {
  test('taking the first minutes loses none and keeps the order', () => {
    fc.assert(
      fc.property(stretches, fc.nat(800), (list, minutes) => {
        const { taken, rest } = takeFirst(list, minutes);
        const total = totalMinutes(list);
        return (
          totalMinutes(taken) === Math.min(minutes, total) &&
          totalMinutes(taken) + totalMinutes(rest) === total &&
          (taken.at(-1)?.toMinute ?? 0) <= (rest[0]?.fromMinute ?? Number.POSITIVE_INFINITY)
        );
      }),
    );
  });

  test('gaps and what is kept make up the whole', () => {
    fc.assert(
      fc.property(stretches, fc.nat(60), (kept, more) => {
        const minutes = (kept.at(-1)?.toMinute ?? 0) + more;
        return totalMinutes(gapsBetween(kept, minutes) ?? []) + totalMinutes(kept) === minutes;
      }),
    );
  });
});
