import type { Role } from '../../../domain/shared/actor';
import type { ApiClient } from '../../support/api-client';
import type { EntryBody } from './money-work';
import type { TicketBody } from './support-work';

export interface FeedEventBody {
  readonly id: string;
  readonly kind: string;
  readonly ticketId: string | null;
  readonly after: unknown;
  readonly cursor: string;
}

interface InvoiceBody {
  readonly id: string;
  readonly number: string | null;
  readonly payments: readonly { readonly reference: string }[];
}

/** Everything the API shows once all is quiet. */
export interface FinalState {
  readonly tickets: readonly (TicketBody & { readonly createdAt: string; readonly teamId: string })[];
  readonly entries: readonly EntryBody[];
  readonly invoices: readonly InvoiceBody[];
  readonly feed: readonly FeedEventBody[];
  /** Bodies of the messages of each ticket that was asked for, in their order. */
  readonly messages: ReadonlyMap<string, readonly string[]>;
}

/** Reads it through the API, as its clients would. */
export async function readFinalState(
  apis: ReadonlyMap<Role, readonly ApiClient[]>,
  ticketsWithMessages: readonly string[],
): Promise<FinalState> {
  const [api] = apis.get('admin') ?? [];
  if (api === undefined) throw new Error('there is no API');
  const messages = new Map<string, readonly string[]>();
  for (const ticketId of ticketsWithMessages) {
    const list = await wholeList<{ body: string }>(api, `/v1/tickets/${ticketId}/messages?limit=200`);
    messages.set(
      ticketId,
      list.map(({ body }) => body),
    );
  }
  return {
    tickets: await wholeList(api, '/v1/tickets?limit=200'),
    entries: await wholeList(api, '/v1/timesheets?limit=200'),
    invoices: await wholeList(api, '/v1/invoices?limit=200'),
    feed: await wholeFeed(api),
    messages,
  };
}

interface Page<Row> {
  readonly data: readonly Row[];
  readonly nextCursor: string | null;
}

async function page<Row>(api: ApiClient, path: string): Promise<Page<Row>> {
  const { status, body, text } = await api.get<Page<Row>>(path);
  if (status !== 200) throw new Error(`${path} answered ${text}`);
  return body;
}

async function wholeList<Row>(api: ApiClient, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor = '';
  for (;;) {
    const { data, nextCursor } = await page<Row>(api, `${path}${cursor}`);
    rows.push(...data);
    if (nextCursor === null) return rows;
    cursor = `&cursor=${nextCursor}`;
  }
}

async function wholeFeed(api: ApiClient): Promise<FeedEventBody[]> {
  const events: FeedEventBody[] = [];
  for (;;) {
    const last = events.at(-1);
    const after = last === undefined ? '' : `&after=${last.cursor}`;
    const { data } = await page<FeedEventBody>(api, `/v1/events?limit=200${after}`);
    events.push(...data);
    if (data.length === 0) return events;
  }
}
