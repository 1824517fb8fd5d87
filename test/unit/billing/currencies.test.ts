import { moneyText } from '../../../domain/billing/currencies';

it.each([
  [0, 'EUR', '0.00 EUR'],
  [5, 'EUR', '0.05 EUR'],
  [123_456, 'EUR', '1,234.56 EUR'],
  [9_007_199_254_740_991, 'EUR', '90,071,992,547,409.91 EUR'],
  [1_234, 'JPY', '1,234 JPY'],
  [1_234, 'KWD', '1.234 KWD'],
  [1_234_500, 'HUF', '12,345.00 HUF'],
  [1_234_500, 'IDR', '12,345.00 IDR'],
  [1_234, 'IQD', '1.234 IQD'],
  [1_234, 'XAU', '12.34 XAU'],
])('prints %d minor units of %s as %s', (amount, currency, text) => {
  expect(moneyText(amount, currency)).toBe(text);
});
