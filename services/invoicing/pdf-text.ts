import type { InvoiceLineView } from './invoice';

/** Digits after the decimal point of a currency; two for codes unknown to ISO 4217's list. */
function fractionDigits(currency: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  );
}

/** `1,234.50 EUR`: exact whatever the amount, since it never becomes a fraction. */
export function moneyText(amountMinor: number, currency: string): string {
  const digits = fractionDigits(currency);
  const text = String(amountMinor).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return `${whole}${digits === 0 ? '' : `.${text.slice(-digits)}`} ${currency}`;
}

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
