import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from './client';
import type { MoneyWork } from './money-work';
import type { SupportWork } from './support-work';

const longestThoughtMs = 150;
const feedPauseMs = 150;

type Work = (client: Client) => Promise<void>;

/** What a client does next, and how often of all. */
function chances(support: SupportWork, money: MoneyWork): readonly (readonly [Work, number])[] {
  return [
    [(client) => support.createTicket(client), 12],
    [(client) => support.contend(client), 28],
    [(client) => support.movePromised(client), 8],
    [(client) => support.postMessage(client), 14],
    [(client) => support.readMessages(client), 8],
    [(client) => money.logTime(client), 8],
    [(client) => money.changeTime(client), 6],
    [(client) => money.transfer(client), 8],
    [(client) => money.readBank(client), 8],
    [(client) => money.invoice(client), 5],
    [(client) => money.pay(client), 4],
  ];
}

/** One client that works until the run is over. */
export async function workUntilOver(client: Client, support: SupportWork, money: MoneyWork): Promise<void> {
  const bag = chances(support, money).flatMap(([work, weight]) => Array<Work>(weight).fill(work));
  while (!client.over) {
    await client.random.pick(bag)(client);
    await delay(client.random.between(0, longestThoughtMs));
  }
}

/** A reader of the feed: goes on behind the last event it was given until it has read everything there is. */
export class FeedReader {
  private after: string | undefined;

  constructor(
    readonly name: string,
    private readonly client: Client,
  ) {}

  async readUntilOver(): Promise<void> {
    while (!this.client.over) {
      await this.readOn();
      await delay(this.client.random.between(0, feedPauseMs * 2));
    }
  }

  /** Reads one page. @returns how many events there were, or `undefined` when there was no answer */
  async readOn(): Promise<number | undefined> {
    const limit = this.client.random.between(20, 200);
    const path = `/v1/events?limit=${limit}${this.after === undefined ? '' : `&after=${this.after}`}`;
    const answer = await this.client.operation<{ data: { id: string; cursor: string }[] }>(
      'feed.read',
      { reader: this.name, after: this.after ?? null },
      { role: 'admin', method: 'get', path },
      ({ data }) => ({ ids: data.map(({ id }) => id) }),
    );
    if (answer.kind !== 'ok') return undefined;
    const { data } = answer.body;
    this.after = data.at(-1)?.cursor ?? this.after;
    return data.length;
  }
}
