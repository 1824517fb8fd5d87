import { dateText, moneyText, quantityText } from '../../../services/invoicing/pdf-text';

it.each([
  [0, 'EUR', '0.00 EUR'],
  [5, 'EUR', '0.05 EUR'],
  [123_456, 'EUR', '1,234.56 EUR'],
  [9_007_199_254_740_991, 'EUR', '90,071,992,547,409.91 EUR'],
  [1_234, 'JPY', '1,234 JPY'],
  [1_234, 'KWD', '1.234 KWD'],
])('prints %d minor units of %s as %s', (amount, currency, text) => {
  expect(moneyText(amount, currency)).toBe(text);
});

it('prints time in hours and minutes, and pieces as they are', () => {
  const line = { quantityMinutes: 605, quantity: null } as Parameters<typeof quantityText>[0];
  expect(quantityText(line)).toBe('10:05 h');
  expect(quantityText({ ...line, quantityMinutes: null, quantity: 3 })).toBe('3');
});

it("prints an instant's date in the company's time zone", () => {
  expect(dateText('2026-12-31T23:30:00.000Z', 'Europe/Berlin')).toBe('2027-01-01');
});
