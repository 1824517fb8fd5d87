/** What a product or order line is sold in; time is sold in hours or days and kept in minutes (spec.md §3). */
export const units = ['hour', 'day', 'piece'] as const;
export type Unit = (typeof units)[number];
export type TimeUnit = Exclude<Unit, 'piece'>;

export function isTimeUnit(unit: Unit): unit is TimeUnit {
  return unit !== 'piece';
}

/** Minutes of one sold unit: an hour has 60; a day is eight working hours, 480, whatever any calendar says. */
export function unitMinutes(unit: TimeUnit): number {
  return unit === 'hour' ? 60 : 480;
}

/**
 * The price of a stretch of time in integer minor units: `quantityMinutes / unitMinutes × unitPriceMinor`,
 * computed exactly and rounded half up once, at the end (spec.md §3: never a float for money).
 * @throws RangeError for a negative or fractional quantity, a unit that is not positive, or a negative price.
 */
export function amountMinor(quantityMinutes: number, unitMinutes: number, unitPriceMinor: bigint): bigint {
  if (!Number.isSafeInteger(quantityMinutes) || quantityMinutes < 0) {
    throw new RangeError(`${quantityMinutes} is no quantity of minutes`);
  }
  if (!Number.isSafeInteger(unitMinutes) || unitMinutes <= 0) {
    throw new RangeError(`${unitMinutes} is no length of a unit in minutes`);
  }
  if (unitPriceMinor < 0n) throw new RangeError(`${unitPriceMinor} is no price`);
  const unit = BigInt(unitMinutes);
  return (2n * BigInt(quantityMinutes) * unitPriceMinor + unit) / (2n * unit);
}
