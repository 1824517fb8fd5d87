/** What a time entry says; `lineId` null is time that counts on no order. */
export interface Facts {
  readonly lineId: string | null;
  readonly billable: boolean;
  readonly date: string;
  readonly minutes: number;
}

export interface ModelLine {
  readonly id: string;
  readonly prepaid: boolean;
  readonly orderedMinutes: number;
  readonly unitMinutes: number;
  readonly priceMinor: number;
}

export interface ModelOrder {
  readonly id: string;
  readonly lines: readonly ModelLine[];
}

export interface ModelInvoice {
  readonly id: string;
  readonly order: ModelOrder;
  posted: boolean;
  /** Minutes by sale order line. */
  readonly quantities: Map<string, number>;
  paidMinor: number;
}

export interface ModelEntry {
  readonly id: string;
  now: Facts | null;
  /** What the ledger holds; the same as `now` unless a version waits. */
  applied: Facts | null;
  waits: boolean;
  /** For each applied minute on time and materials the invoice it is on; null is free. */
  minutes: (string | null)[];
}

/**
 * Time and invoices the slow and plain way, minute by minute, with none of the product's code: what the ledger and
 * the invoices must say after any sequence of acts.
 */
export class MinutesModel {
  readonly entries: ModelEntry[] = [];
  readonly invoices: ModelInvoice[] = [];
  constructor(readonly orders: readonly ModelOrder[]) {}

  line(lineId: string | null): ModelLine | undefined {
    return this.orders.flatMap((order) => order.lines).find((line) => line.id === lineId);
  }

  isLocked(entry: ModelEntry): boolean {
    return entry.minutes.some((invoiceId) => invoiceId !== null);
  }

  apply(entry: ModelEntry): void {
    entry.applied = entry.now;
    entry.waits = false;
    const { applied } = entry;
    const counts = applied?.billable === true && this.line(applied.lineId)?.prepaid === false;
    entry.minutes = counts ? Array.from({ length: applied.minutes }, () => null) : [];
  }

  /** What an invoice would hold; its lines by sale order line. */
  plan(order: ModelOrder, period: { readonly from?: string; readonly to?: string }): Map<string, number> {
    const quantities = order.lines.map((line): [string, number] => [
      line.id,
      line.prepaid
        ? line.orderedMinutes - this.onInvoices(line.id)
        : this.billable(line.id, period).reduce((sum, entry) => sum + free(entry), 0),
    ]);
    return new Map(quantities.filter(([, minutes]) => minutes > 0));
  }

  /** Puts the free minutes of a plan on the invoice that was made of it. */
  draft(
    order: ModelOrder,
    period: { readonly from?: string; readonly to?: string },
    quantities: Map<string, number>,
    id: string,
  ): void {
    for (const line of order.lines.filter(({ prepaid }) => !prepaid)) {
      for (const entry of this.billable(line.id, period)) {
        entry.minutes = entry.minutes.map((invoiceId) => invoiceId ?? id);
      }
    }
    this.invoices.push({ id, order, posted: false, quantities, paidMinor: 0 });
  }

  /** Takes the newest minutes off a line of a draft. */
  lower(invoice: ModelInvoice, lineId: string, to: number): void {
    let left = (invoice.quantities.get(lineId) ?? 0) - to;
    if (to === 0) invoice.quantities.delete(lineId);
    else invoice.quantities.set(lineId, to);
    const newestFirst = this.entries
      .filter((entry) => entry.applied?.lineId === lineId)
      .toSorted((a, b) => (`${a.applied?.date}${a.id}` < `${b.applied?.date}${b.id}` ? 1 : -1));
    for (const entry of newestFirst) {
      for (let minute = entry.minutes.length - 1; minute >= 0 && left > 0; minute--) {
        if (entry.minutes[minute] !== invoice.id) continue;
        entry.minutes[minute] = null;
        left--;
      }
    }
  }

  discard(invoice: ModelInvoice): void {
    for (const entry of this.entries) {
      entry.minutes = entry.minutes.map((invoiceId) => (invoiceId === invoice.id ? null : invoiceId));
    }
    this.invoices.splice(this.invoices.indexOf(invoice), 1);
  }

  amountMinor(lineId: string, minutes: number): number {
    const line = this.line(lineId);
    if (line === undefined) throw new Error('no such line');
    const twice = 2 * minutes * line.priceMinor;
    return Math.floor((twice + line.unitMinutes) / (2 * line.unitMinutes));
  }

  totalMinor(quantities: ReadonlyMap<string, number>): number {
    return [...quantities].reduce((sum, [lineId, minutes]) => sum + this.amountMinor(lineId, minutes), 0);
  }

  delivered(lineId: string): number {
    const counted = this.entries.map(({ applied }) =>
      applied?.billable === true && applied.lineId === lineId ? applied.minutes : 0,
    );
    return counted.reduce((sum, minutes) => sum + minutes, 0);
  }

  onInvoices(lineId: string, which: 'all' | 'posted' = 'all'): number {
    const counted = this.invoices.filter(({ posted }) => which === 'all' || posted);
    return counted.reduce((sum, { quantities }) => sum + (quantities.get(lineId) ?? 0), 0);
  }

  private billable(
    lineId: string,
    { from = '', to = '9999' }: { readonly from?: string; readonly to?: string },
  ): ModelEntry[] {
    return this.entries.filter(({ applied, waits }) => {
      return applied?.lineId === lineId && !waits && from <= applied.date && applied.date <= to;
    });
  }
}

function free(entry: ModelEntry): number {
  return entry.minutes.filter((invoiceId) => invoiceId === null).length;
}
