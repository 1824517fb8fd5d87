import fc from 'fast-check';

const index = fc.nat(11);
/** One act on time or invoices; its numbers choose among what there is by then. */
export const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('log' as const),
      line: index,
      minutes: fc.integer({ min: 1, max: 170 }),
      day: index,
      billable: fc.integer({ min: 0, max: 5 }),
      apply: fc.integer({ min: 0, max: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      entry: index,
      minutes: fc.option(fc.integer({ min: 1, max: 170 }), { nil: undefined }),
      day: fc.option(index, { nil: undefined }),
      line: fc.option(index, { nil: undefined }),
      billable: fc.option(fc.boolean(), { nil: undefined }),
      apply: fc.integer({ min: 0, max: 2 }),
    }),
  },
  fc.record({ do: fc.constant('remove' as const), entry: index, apply: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ do: fc.constant('catch up' as const) }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('draft' as const),
      order: fc.nat(1),
      from: fc.option(index, { nil: undefined, freq: 1 }),
      days: fc.option(index, { nil: undefined, freq: 1 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('lower' as const),
      invoice: index,
      line: index,
      percent: fc.integer({ min: 0, max: 100 }),
    }),
  },
  fc.record({ do: fc.constant('discard' as const), invoice: index }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('post' as const), invoice: index }) },
  fc.record({
    do: fc.constant('pay' as const),
    invoice: index,
    percent: fc.integer({ min: 1, max: 120 }),
  }),
);
export type Act = typeof act extends fc.Arbitrary<infer One> ? One : never;

/** Seven days over the end of a month. */
export const dateOf = (day: number): string =>
  new Date(Date.UTC(2026, 5, 28 + (day % 7))).toISOString().slice(0, 10);
