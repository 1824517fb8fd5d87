import type { Client } from './client';
import type { FaultCompany } from './company';
import type { Facts } from './history';
import type { SupportWork } from './support-work';

/** A time entry, as its answers show it. */
export interface EntryBody {
  readonly id: string;
  readonly version: number;
  readonly minutes: number;
  readonly description: string;
  readonly saleOrderLineId: string | null;
}

/** What the checks compare of a time entry. */
export function entryFacts({ id, version, minutes, saleOrderLineId }: EntryBody): Facts {
  return { id, version, fields: { minutes, saleOrderLineId } };
}

interface InvoiceBody {
  readonly id: string;
  readonly status: string;
  readonly number: string | null;
  readonly openMinor: number;
  readonly version: number;
}

interface OrderBody {
  readonly lines: readonly { id: string; deliveredMinutes: number; invoicedMinutes: number }[];
}

/** So few that each entry's history stays small. */
const changesAtOnce = 40;
/** What is posted stays where it is; the bank must go on for the whole run. */
const bankPosts = 0.03;

/** What agents do with time, and finance with invoices. Shared by all clients of a run. */
export class MoneyWork {
  private readonly entries: { id: string; version: number }[] = [];
  private readonly bankVersions: Map<string, number>;
  private readonly posted: string[] = [];
  private readonly today = new Date().toISOString().slice(0, 10);
  private tokens = 0;

  constructor(
    private readonly company: FaultCompany,
    private readonly support: SupportWork,
  ) {
    this.bankVersions = new Map(company.bank.entries.map(({ id }) => [id, 1]));
  }

  async logTime(client: Client): Promise<void> {
    const ticketId = this.support.anyTicket(client);
    if (ticketId === undefined) return;
    this.tokens += 1;
    const token = `time ${this.tokens}`;
    const minutes = client.random.between(1, 120);
    const saleOrderLineId = client.random.pick(this.company.orders).lineId;
    const answer = await client.operation<EntryBody>(
      'time.log',
      { token },
      {
        role: 'agent',
        method: 'post',
        path: '/v1/timesheets',
        body: { ticketId, date: this.today, minutes, description: token, saleOrderLineId },
        keyed: true,
      },
      entryFacts,
    );
    if (answer.kind !== 'ok') return;
    this.entries.push({ id: answer.body.id, version: answer.body.version });
    if (this.entries.length > changesAtOnce) this.entries.shift();
  }

  async changeTime(client: Client): Promise<void> {
    if (this.entries.length === 0) return;
    const entry = client.random.pick(this.entries);
    const version = await this.changeEntry(client, 'time.change', entry, {
      minutes: client.random.between(1, 240),
    });
    entry.version = version ?? entry.version;
  }

  /** Moves time from one line of the bank's order to another. */
  async transfer(client: Client): Promise<void> {
    const { bank } = this.company;
    const { id } = client.random.pick(bank.entries);
    const saleOrderLineId = client.random.pick(bank.lineIds);
    const entry = { id, version: this.bankVersions.get(id) ?? 1 };
    const version = await this.changeEntry(client, 'time.transfer', entry, { saleOrderLineId });
    if (version !== undefined) this.bankVersions.set(id, version);
  }

  private async changeEntry(
    client: Client,
    action: string,
    entry: { readonly id: string; readonly version: number },
    set: { readonly minutes?: number; readonly saleOrderLineId?: string },
  ): Promise<number | undefined> {
    const ifMatch = client.random.chance(0.7) ? entry.version : null;
    const answer = await client.operation<EntryBody>(
      action,
      { record: entry.id, set, ifMatch, alwaysCounts: true },
      {
        role: 'agent',
        method: 'patch',
        path: `/v1/timesheets/${entry.id}`,
        body: set,
        ifMatch,
        refusals: ['precondition_failed', 'entry_locked'],
      },
      entryFacts,
    );
    if (answer.kind === 'ok') return answer.body.version;
    return answer.kind === 'refused' ? (answer.state as { version?: number } | null)?.version : undefined;
  }

  async readBank(client: Client): Promise<void> {
    const path = `/v1/sale-orders/${this.company.bank.orderId}`;
    await client.operation<OrderBody>('bank.read', {}, { role: 'manager', method: 'get', path }, (order) => ({
      lines: order.lines.map(({ id, deliveredMinutes, invoicedMinutes }) => ({
        id,
        deliveredMinutes,
        invoicedMinutes,
      })),
    }));
  }

  /** Makes a draft of an order, or posts or deletes the one that is there. */
  async invoice(client: Client): Promise<void> {
    const { bank, orders } = this.company;
    const ofBank = client.random.chance(0.5);
    const orderId = ofBank ? bank.orderId : client.random.pick(orders).id;
    const path = `/v1/invoices?status=draft&saleOrderId=${orderId}`;
    const drafts = await client.ask<{ data: InvoiceBody[] }>({ role: 'finance', method: 'get', path });
    if (drafts.kind !== 'ok') return;
    const [draft] = drafts.body.data;
    if (draft === undefined) return this.draft(client, orderId);
    if (client.random.chance(ofBank ? bankPosts : 0.5)) return this.post(client, draft);
    return this.deleteDraft(client, draft);
  }

  private async draft(client: Client, orderId: string): Promise<void> {
    await client.operation<{ id: string }>(
      'invoice.draft',
      { orderId },
      {
        role: 'finance',
        method: 'post',
        path: `/v1/sale-orders/${orderId}/invoices`,
        body: {},
        keyed: true,
        refusals: ['nothing_to_invoice'],
        untilAnswered: true,
      },
      ({ id }) => ({ invoiceId: id }),
    );
  }

  private async post(client: Client, { id, version }: InvoiceBody): Promise<void> {
    const answer = await client.operation<InvoiceBody>(
      'invoice.post',
      { invoice: id },
      {
        role: 'finance',
        method: 'post',
        path: `/v1/invoices/${id}/post`,
        keyed: true,
        ifMatch: client.random.chance(0.5) ? version : null,
        refusals: ['invoice_not_draft', 'not_found', 'precondition_failed'],
      },
      ({ number }) => ({ number }),
    );
    if (answer.kind === 'ok') this.posted.push(id);
  }

  private async deleteDraft(client: Client, { id }: InvoiceBody): Promise<void> {
    await client.operation<undefined>(
      'invoice.delete',
      { invoice: id },
      {
        role: 'finance',
        method: 'delete',
        path: `/v1/invoices/${id}`,
        refusals: ['invoice_not_draft', 'not_found'],
      },
      () => ({}),
    );
  }

  async pay(client: Client): Promise<void> {
    if (this.posted.length === 0) return;
    const invoice = client.random.pick(this.posted);
    this.tokens += 1;
    const token = `payment ${this.tokens}`;
    const body = {
      amountMinor: client.random.between(100, 20_000),
      paidAt: new Date().toISOString(),
      method: 'bank_transfer',
      reference: token,
    };
    await client.operation<{ id: string }>(
      'payment.record',
      { token, invoice },
      {
        role: 'finance',
        method: 'post',
        path: `/v1/invoices/${invoice}/payments`,
        body,
        keyed: true,
        refusals: ['payment_too_high'],
      },
      ({ id }) => ({ id }),
    );
  }
}
