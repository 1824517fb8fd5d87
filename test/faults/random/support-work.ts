import type { StageName } from '../../support/factories';
import type { Client } from './client';
import type { FaultCompany } from './company';
import type { Facts } from './history';

/** A ticket, as its answers show it. */
export interface TicketBody {
  readonly id: string;
  readonly version: number;
  readonly subject: string;
  readonly stageId: string;
  readonly assigneeId: string | null;
}

/** What the checks compare of a ticket. */
export function ticketFacts({ id, version, subject, stageId, assigneeId }: TicketBody): Facts {
  return { id, version, fields: { subject, stageId, assigneeId } };
}

export const decisionRefusals = ['precondition_failed', 'stage_changed'];
const usedStages: readonly StageName[] = ['new', 'inProgress', 'awaitingCustomer', 'solved'];
/** So many operations on one record keep the search for an order of them small. */
const mostOperations = 60;
const contestedAtOnce = 3;
const mostMessages = 120;

interface Contested {
  readonly id: string;
  version: number;
  operations: number;
  messages: number;
}

/** What the agents do: tickets and what is said and decided on them. Shared by all clients of a run. */
export class SupportWork {
  /** The few tickets that everybody works on at once. */
  private readonly contested: Contested[] = [];
  private readonly promised: string[];
  private tokens = 0;

  constructor(private readonly company: FaultCompany) {
    this.promised = [...company.promisedTicketIds];
  }

  private token(word: string): string {
    this.tokens += 1;
    return `${word} ${this.tokens}`;
  }

  /** Any ticket that has been acknowledged. */
  anyTicket(client: Client): string | undefined {
    const known = [...this.promised, ...this.contested.map(({ id }) => id)];
    return known.length === 0 ? undefined : client.random.pick(known);
  }

  async createTicket(client: Client): Promise<void> {
    const { plainTeam, promisingTeam, contactId, orders } = this.company;
    const plain = this.contested.length < contestedAtOnce || client.random.chance(0.2);
    const token = this.token('ticket');
    const line = client.random.chance(0.7) ? { saleOrderLineId: client.random.pick(orders).lineId } : {};
    const team = plain ? plainTeam : promisingTeam;
    const body = { teamId: team.id, subject: token, contactId, ...line };
    const answer = await client.operation<TicketBody>(
      'ticket.create',
      { token },
      { role: 'agent', method: 'post', path: '/v1/tickets', body, keyed: true },
      ticketFacts,
    );
    if (answer.kind !== 'ok') return;
    const { id, version } = answer.body;
    if (!plain) this.promised.push(id);
    else if (this.contested.length < contestedAtOnce) {
      this.contested.push({ id, version, operations: 0, messages: 0 });
    }
  }

  /** One step on a ticket that others change at the same time, mostly with the version last seen by anybody. */
  async contend(client: Client): Promise<void> {
    if (this.contested.length === 0) return this.createTicket(client);
    const ticket = client.random.pick(this.contested);
    ticket.operations += 1;
    if (ticket.operations >= mostOperations) this.contested.splice(this.contested.indexOf(ticket), 1);
    if (client.random.chance(0.3)) return this.readTicket(client, ticket);
    const { plainTeam, users } = this.company;
    const ifMatch = client.random.chance(0.7) ? ticket.version : null;
    const path = `/v1/tickets/${ticket.id}`;
    const kind = client.random.pick(['reword', 'reword', 'move', 'move', 'assign'] as const);
    const stageId = plainTeam.stages[client.random.pick(usedStages)];
    const userId = client.random.pick([users.agent.id, users.manager.id, users.admin.id, null]);
    const subject = this.token('subject');
    const { set, alwaysCounts, ...request } = {
      reword: { set: { subject }, alwaysCounts: true, method: 'patch', path, body: { subject } } as const,
      move: {
        set: { stageId },
        alwaysCounts: false,
        method: 'post',
        path: `${path}/move`,
        body: { stageId },
      } as const,
      assign: {
        set: { assigneeId: userId },
        alwaysCounts: false,
        method: 'post',
        path: `${path}/assign`,
        body: { userId },
      } as const,
    }[kind];
    const answer = await client.operation<TicketBody>(
      `ticket.${kind}`,
      { record: ticket.id, set, ifMatch, alwaysCounts },
      { role: 'agent', keyed: true, ifMatch, refusals: decisionRefusals, ...request },
      ticketFacts,
    );
    if (answer.kind === 'ok') ticket.version = Math.max(ticket.version, answer.body.version);
    const told = answer.kind === 'refused' ? (answer.state as { version?: number } | null) : null;
    ticket.version = Math.max(ticket.version, told?.version ?? 0);
  }

  private async readTicket(client: Client, ticket: Contested): Promise<void> {
    const answer = await client.operation<TicketBody>(
      'ticket.read',
      { record: ticket.id },
      { role: 'agent', method: 'get', path: `/v1/tickets/${ticket.id}` },
      ticketFacts,
    );
    if (answer.kind === 'ok') ticket.version = Math.max(ticket.version, answer.body.version);
  }

  /** A move of a ticket whose clock runs: it is paused, goes on, is kept or is broken. */
  async movePromised(client: Client): Promise<void> {
    if (this.promised.length === 0) return;
    const ticketId = client.random.pick(this.promised);
    const stageId = this.company.promisingTeam.stages[client.random.pick(usedStages)];
    await client.operation<TicketBody>(
      'promised.move',
      { ticketId, stageId },
      {
        role: 'agent',
        method: 'post',
        path: `/v1/tickets/${ticketId}/move`,
        body: { stageId },
        keyed: true,
        refusals: decisionRefusals,
      },
      ticketFacts,
    );
  }

  async postMessage(client: Client): Promise<void> {
    const ticket = this.contested.find(({ messages }) => messages < mostMessages);
    if (ticket === undefined) return;
    ticket.messages += 1;
    const token = this.token('message');
    await client.operation<{ id: string }>(
      'message.post',
      { list: ticket.id, token },
      {
        role: 'agent',
        method: 'post',
        path: `/v1/tickets/${ticket.id}/messages`,
        body: { body: token },
        keyed: true,
      },
      ({ id }) => ({ id }),
    );
  }

  async readMessages(client: Client): Promise<void> {
    if (this.contested.length === 0) return;
    const list = client.random.pick(this.contested).id;
    await client.operation<{ data: { body: string }[] }>(
      'message.read',
      { list },
      { role: 'agent', method: 'get', path: `/v1/tickets/${list}/messages?limit=200` },
      ({ data }) => ({ tokens: data.map(({ body }) => body) }),
    );
  }
}
