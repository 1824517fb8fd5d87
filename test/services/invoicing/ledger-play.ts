import type { Database } from '../../../prisma/client';
import { deleteInvoice } from '../../../services/invoicing/delete-invoice';
import { postInvoice } from '../../../services/invoicing/post-invoice';
import { recordPayment } from '../../../services/invoicing/record-payment';
import { updateInvoice } from '../../../services/invoicing/update-invoice';
import { createProduct } from '../../../services/products/create-product';
import { confirmSaleOrder } from '../../../services/sales/confirm-sale-order';
import { createSaleOrder } from '../../../services/sales/create-sale-order';
import { applyTimesheet } from '../../../services/timesheets/apply-timesheet';
import { deleteTimesheet } from '../../../services/timesheets/delete-timesheet';
import { logTime } from '../../../services/timesheets/log-time';
import { updateTimesheet } from '../../../services/timesheets/update-timesheet';
import { company, contact, contextFor, employee, team, ticket, type World } from '../../support/factories';
import { draftOf } from './ledger';
import { type Act, dateOf } from './ledger-acts';
import { MinutesModel, type ModelInvoice, type ModelOrder } from './minutes-model';

const pick = <One>(list: readonly One[], at: number): One | undefined => list[at % Math.max(1, list.length)];

/** The code a promise was refused with, `done` when it was not. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'done',
    (error: Error & { code?: string }) => error.code ?? error.message,
  );
}

/** Plays acts on the product and on the model side by side. */
export class Play {
  private readonly context;
  private constructor(
    readonly world: World,
    readonly model: MinutesModel,
    private readonly where: { readonly ticketId: string; readonly employeeId: string },
  ) {
    this.context = contextFor(world);
  }

  static async begin(database: Database): Promise<Play> {
    const world = await company(database);
    const contactId = await contact(world);
    const ownTeam = await team(world);
    const where = {
      ticketId: (await ticket(world, ownTeam, { contactId })).id,
      employeeId: await employee(world),
    };
    const orders = [
      await confirmedOrder(world, contactId, 'EUR', [
        { prepaid: false, unit: 'hour', priceMinor: 9_999 },
        { prepaid: true, unit: 'hour', priceMinor: 10_001, orderedMinutes: 400 },
      ]),
      await confirmedOrder(world, contactId, 'JPY', [
        { prepaid: true, unit: 'day', priceMinor: 7, orderedMinutes: 170 },
        { prepaid: false, unit: 'day', priceMinor: 77 },
      ]),
    ];
    return new Play(world, new MinutesModel(orders), where);
  }

  async play(one: Act): Promise<void> {
    switch (one.do) {
      case 'log':
        return this.log(one);
      case 'edit':
        return this.edit(one);
      case 'remove': {
        const entry = pick(this.entries, one.entry);
        if (entry === undefined) return;
        const expected = this.model.isLocked(entry) ? 'entry_locked' : 'done';
        expect(await outcome(deleteTimesheet(this.context, entry.id, undefined))).toBe(expected);
        if (expected !== 'done') return;
        Object.assign(entry, { now: null, waits: true });
        return one.apply > 0 ? this.apply(entry.id) : undefined;
      }
      case 'catch up':
        return this.catchUp();
      case 'draft': {
        const order = this.model.orders[one.order];
        if (order !== undefined) await this.draft(order, one);
        return;
      }
      case 'lower':
        return this.lower(one);
      case 'discard':
      case 'post': {
        const invoice = pick(this.model.invoices, one.invoice);
        if (invoice === undefined) return;
        const verb = one.do === 'post' ? postInvoice : deleteInvoice;
        const expected = invoice.posted ? 'invoice_not_draft' : 'done';
        expect(await outcome(verb(this.context, invoice.id, undefined))).toBe(expected);
        if (expected !== 'done') return;
        if (one.do === 'post') invoice.posted = true;
        else this.model.discard(invoice);
        return;
      }
      case 'pay':
        return this.pay(one);
    }
  }

  async catchUp(): Promise<void> {
    for (const entry of this.model.entries) if (entry.waits) await this.apply(entry.id);
  }

  async draft(order: ModelOrder, period: { from?: number | undefined; days?: number | undefined }) {
    const first = (period.from ?? 0) % 7;
    const dates = {
      ...(period.from === undefined ? {} : { from: dateOf(first) }),
      ...(period.days === undefined ? {} : { to: dateOf(Math.min(6, first + period.days)) }),
    };
    const quantities = this.model.plan(order, dates);
    const total = this.model.totalMinor(quantities);
    const drafted = await draftOf(this.world, order.id, dates).catch((error: Error) => error.message);
    if (typeof drafted === 'string') {
      expect([drafted, total]).toEqual(['there is no draft: nothing_to_invoice', 0]);
      return;
    }
    expect(drafted.totalMinor).toBe(total);
    this.model.draft(order, dates, quantities, drafted.id);
  }

  private get entries() {
    return this.model.entries.filter(({ now }) => now !== null);
  }

  private get lineIds(): string[] {
    return this.model.orders.flatMap((order) => order.lines.map(({ id }) => id));
  }

  private async apply(entryId: string): Promise<void> {
    await applyTimesheet(this.context, { entryId });
    const entry = this.model.entries.find(({ id }) => id === entryId);
    if (entry !== undefined) this.model.apply(entry);
  }

  private async log(one: Extract<Act, { do: 'log' }>): Promise<void> {
    const lineId = pick(this.lineIds, one.line) ?? '';
    const facts = { date: dateOf(one.day), minutes: one.minutes, billable: one.billable > 0 };
    const entry = await logTime(this.context, {
      ...this.where,
      ...facts,
      description: 'w',
      saleOrderLineId: lineId,
    });
    this.model.entries.push({
      id: entry.id,
      now: { ...facts, lineId },
      applied: null,
      waits: true,
      minutes: [],
    });
    if (one.apply > 0) await this.apply(entry.id);
  }

  private async edit(one: Extract<Act, { do: 'edit' }>): Promise<void> {
    const entry = pick(this.entries, one.entry);
    if (entry === undefined || entry.now === null) return;
    const changes = {
      ...(one.minutes === undefined ? {} : { minutes: one.minutes }),
      ...(one.day === undefined ? {} : { date: dateOf(one.day) }),
      ...(one.billable === undefined ? {} : { billable: one.billable }),
    };
    const lineId = one.line === undefined ? undefined : (pick([...this.lineIds, null], one.line) ?? null);
    const expected = this.model.isLocked(entry) ? 'entry_locked' : 'done';
    const asked = { ...changes, ...(lineId === undefined ? {} : { saleOrderLineId: lineId }) };
    const changed = await updateTimesheet(this.context, entry.id, asked, undefined).catch(
      (error: { code: string }) => error.code,
    );
    if (typeof changed === 'string' || expected !== 'done') {
      expect(changed).toBe(expected);
      return;
    }
    // Time that becomes billable and names no line may be given one by the rule of logging.
    entry.now = { ...entry.now, ...changes, lineId: changed.saleOrderLineId };
    if (lineId !== undefined) expect(changed.saleOrderLineId).toBe(lineId);
    entry.waits = true;
    if (one.apply > 0) await this.apply(entry.id);
  }

  private async lower(one: Extract<Act, { do: 'lower' }>): Promise<void> {
    // Posted ones, which refuse it, only now and then.
    const drafts = this.model.invoices.filter(({ posted }) => !posted || one.invoice === 0);
    const invoice = pick(drafts, one.invoice);
    if (invoice === undefined) return;
    const [lineId, present] = pick([...invoice.quantities], one.line) ?? ['', 0];
    const quantityMinutes = Math.floor((present * one.percent) / 100);
    const line = await this.world.database.prisma.invoiceLine.findFirstOrThrow({
      where: { invoiceId: invoice.id, saleOrderLineId: lineId },
    });
    const left = new Map(invoice.quantities).set(lineId, quantityMinutes);
    const expected = invoice.posted
      ? 'invoice_not_draft'
      : this.model.totalMinor(left) === 0
        ? 'validation_failed'
        : 'done';
    const lowered = updateInvoice(
      this.context,
      invoice.id,
      [{ lineId: line.id, quantityMinutes }],
      undefined,
    );
    expect(await outcome(lowered)).toBe(expected);
    if (expected === 'done') this.model.lower(invoice, lineId, quantityMinutes);
  }

  private async pay(one: Extract<Act, { do: 'pay' }>): Promise<void> {
    const invoice = pick(this.model.invoices, one.invoice);
    if (invoice === undefined) return;
    const open = this.openMinor(invoice);
    const amountMinor = Math.max(1, Math.ceil((open * one.percent) / 100));
    const expected = !invoice.posted
      ? 'invoice_not_posted'
      : amountMinor > open
        ? 'payment_too_high'
        : 'done';
    const payment = {
      amountMinor,
      paidAt: '2026-07-01T00:00:00Z',
      method: 'card',
      reference: `${invoice.paidMinor}`,
    };
    expect(await outcome(recordPayment(this.context, invoice.id, payment))).toBe(expected);
    if (expected === 'done') invoice.paidMinor += amountMinor;
  }

  private openMinor(invoice: ModelInvoice): number {
    return this.model.totalMinor(invoice.quantities) - invoice.paidMinor;
  }
}

async function confirmedOrder(
  world: World,
  contactId: string,
  currency: string,
  sold: readonly { prepaid: boolean; unit: 'hour' | 'day'; priceMinor: number; orderedMinutes?: number }[],
): Promise<ModelOrder> {
  const context = contextFor(world);
  const lines = [];
  for (const { prepaid, unit, priceMinor, orderedMinutes } of sold) {
    const product = await createProduct(context, {
      name: 'Support',
      kind: 'service',
      invoicing: prepaid ? 'prepaid' : 'time_and_materials',
      unit,
      unitPriceMinor: priceMinor,
      currency,
    });
    lines.push({ productId: product.id, quantityMinutes: orderedMinutes });
  }
  const order = await createSaleOrder(context, { contactId, currency, lines });
  await confirmSaleOrder(context, order.id, undefined);
  return {
    id: order.id,
    lines: order.lines.map((line, at) => ({
      id: line.id,
      prepaid: line.invoicing === 'prepaid',
      orderedMinutes: line.orderedMinutes ?? 0,
      unitMinutes: line.unit === 'day' ? 480 : 60,
      priceMinor: sold[at]?.priceMinor ?? 0,
    })),
  };
}
