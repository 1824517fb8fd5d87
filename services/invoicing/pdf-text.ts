import type { InvoiceLineView } from './invoice';

/** `12:30 h` for time, in hours and minutes whatever unit it is sold in; `3` for pieces. */
export function quantityText(line: InvoiceLineView): string {
  if (line.quantityMinutes === null) return String(line.quantity ?? 0);
  const hours = Math.floor(line.quantityMinutes / 60);
  return `${hours}:${String(line.quantityMinutes % 60).padStart(2, '0')} h`;
}

/** `2026-11-23`, the instant's date in a time zone. */
export function dateText(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date(instant));
}
