import { amountMinor, isTimeUnit, type Unit, unitMinutes } from './amounts';

/** What is known of an order line when an invoice is made from it; quantities on drafts count as invoiced. */
export interface BillableLine {
  readonly id: string;
  readonly description: string;
  readonly invoicing: 'prepaid' | 'time_and_materials';
  readonly unit: Unit;
  readonly unitPriceMinor: bigint;
  readonly orderedMinutes: number | null;
  readonly quantity: number | null;
  readonly invoicedMinutes: number;
  readonly invoicedQuantity: number;
  /** Minutes of the unbilled slices within the period; only time and materials are billed by them. */
  readonly unbilledMinutes: number;
}

/** A line of an invoice to be: exactly one of the two quantities is set. */
export interface InvoiceLinePlan {
  readonly saleOrderLineId: string;
  readonly description: string;
  readonly unit: Unit;
  readonly quantityMinutes: number | null;
  readonly quantity: number | null;
  readonly unitPriceMinor: bigint;
  readonly amountMinor: bigint;
}

/**
 * The lines an invoice over these order lines has (spec.md §9): time and materials by unbilled minutes, pieces and
 * prepaid time by what was ordered and is on no invoice yet, whatever was delivered. Lines without a quantity are
 * left out; an empty answer means that there is nothing to invoice.
 */
export function planInvoice(lines: readonly BillableLine[]): InvoiceLinePlan[] {
  return lines.flatMap((line) => {
    const { unit } = line;
    const billable = isTimeUnit(unit)
      ? timeToInvoice(line)
      : Math.max(0, (line.quantity ?? 0) - line.invoicedQuantity);
    if (billable <= 0) return [];
    return [
      {
        saleOrderLineId: line.id,
        description: line.description,
        unit,
        quantityMinutes: isTimeUnit(unit) ? billable : null,
        quantity: isTimeUnit(unit) ? null : billable,
        unitPriceMinor: line.unitPriceMinor,
        amountMinor: lineAmountMinor(unit, billable, line.unitPriceMinor),
      },
    ];
  });
}

function timeToInvoice(line: BillableLine): number {
  return line.invoicing === 'prepaid'
    ? Math.max(0, (line.orderedMinutes ?? 0) - line.invoicedMinutes)
    : line.unbilledMinutes;
}

/** The price of minutes or pieces of a line, in integer minor units, rounded half up once. */
export function lineAmountMinor(unit: Unit, quantity: number, unitPriceMinor: bigint): bigint {
  return isTimeUnit(unit)
    ? amountMinor(quantity, unitMinutes(unit), unitPriceMinor)
    : BigInt(quantity) * unitPriceMinor;
}

/** The sum of the lines; integer minor units. */
export function totalMinor(lines: readonly { readonly amountMinor: bigint }[]): bigint {
  return lines.reduce((sum, line) => sum + line.amountMinor, 0n);
}
