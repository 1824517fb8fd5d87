import fc from 'fast-check';
import { amountMinor, isTimeUnit, unitMinutes, units } from '../../../domain/billing/amounts';

describe('the length of a sold unit', () => {
  test.each([
    ['hour', 60],
    ['day', 480],
  ] as const)('one %s has %i minutes', (unit, minutes) => {
    expect(unitMinutes(unit)).toBe(minutes);
  });

  test('hours and days are time, pieces are not', () => {
    expect(units.filter(isTimeUnit)).toEqual(['hour', 'day']);
  });
});

describe('the price of a stretch of time', () => {
  test.each([
    { minutes: 0, unit: 60, price: 12_000n, amount: 0n },
    { minutes: 60, unit: 60, price: 12_000n, amount: 12_000n },
    { minutes: 90, unit: 60, price: 12_000n, amount: 18_000n },
    { minutes: 480, unit: 480, price: 99_999n, amount: 99_999n },
    { minutes: 240, unit: 480, price: 99_999n, amount: 50_000n },
    { minutes: 1, unit: 60, price: 29n, amount: 0n },
    { minutes: 1, unit: 60, price: 30n, amount: 1n },
    { minutes: 20, unit: 60, price: 100n, amount: 33n },
    { minutes: 40, unit: 60, price: 100n, amount: 67n },
    { minutes: 7, unit: 60, price: 9_007_199_254_740_993n, amount: 1_050_839_913_053_116n },
  ])('$minutes of $unit minutes at $price cost $amount', ({ minutes, unit, price, amount }) => {
    expect(amountMinor(minutes, unit, price)).toBe(amount);
  });

  test('is within half a minor unit of the exact quotient, and a half goes up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.constantFrom(60, 480),
        fc.bigInt({ min: 0n, max: 1_000_000_000_000n }),
        (minutes, unit, price) => {
          const doubled = 2n * (amountMinor(minutes, unit, price) * BigInt(unit) - BigInt(minutes) * price);
          return doubled > -BigInt(unit) && doubled <= BigInt(unit);
        },
      ),
    );
  });

  test('never falls when a minute is added', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.constantFrom(60, 480),
        fc.bigInt(0n, 10_000_000n),
        (minutes, unit, price) => {
          return amountMinor(minutes + 1, unit, price) >= amountMinor(minutes, unit, price);
        },
      ),
    );
  });

  test.each([
    [-1, 60, 1n],
    [1.5, 60, 1n],
    [1, 0, 1n],
    [1, 60, -1n],
  ] as const)('refuses %d minutes of %d at %s', (minutes, unit, price) => {
    expect(() => amountMinor(minutes, unit, price)).toThrow(RangeError);
  });
});
