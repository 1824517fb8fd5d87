/**
 * Digits of the minor unit by ISO 4217 (list one), where there are not two. Not those of `Intl`, which are for
 * showing prices in shops: it gives none to forint, rupiah and dinars of Iraq, whose amounts have them.
 */
const digitsOfCurrency: ReadonlyMap<string, number> = new Map([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW'].map((code): [string, number] => [code, 0]),
  ...['PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map((code): [string, number] => [
    code,
    0,
  ]),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code): [string, number] => [code, 3]),
  ...['CLF', 'UYW'].map((code): [string, number] => [code, 4]),
]);

/** `1,234.50 EUR`: an amount in minor units as people write it; exact whatever it is, since it never becomes a fraction. */
export function moneyText(amountMinor: number, currency: string): string {
  const digits = digitsOfCurrency.get(currency) ?? 2;
  const text = String(amountMinor).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return `${whole}${digits === 0 ? '' : `.${text.slice(-digits)}`} ${currency}`;
}
