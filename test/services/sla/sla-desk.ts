import type { Role } from '../../../domain/shared/actor';
import type { TicketDecision } from '../../../domain/ticket/decisions';
import type { Database } from '../../../prisma/client';
import type { Command, Context } from '../../../services/context';
import { newId } from '../../../services/ids';
import { createTicket, type TicketDraft } from '../../../services/tickets/create-ticket';
import { decideTicket } from '../../../services/tickets/decide-ticket';
import type { TicketView } from '../../../services/tickets/ticket';
import {
  commandFor,
  company,
  contextFor,
  slaPolicy,
  type TestTeam,
  team,
  type World,
} from '../../support/factories';

/** A company whose team promises to solve a ticket within four office hours (Mon–Fri 9–17 Berlin). */
export interface SlaDesk extends World {
  readonly team: TestTeam;
  readonly policyId: string;
}

/** Monday 2026-03-02, 9:00 in Berlin, when the office opens; CET, so 8:00 UTC. */
export const opening = '2026-03-02T08:00:00.000Z';

export async function slaDesk(
  database: Database,
  policy: Parameters<typeof slaPolicy>[2] = {},
): Promise<SlaDesk> {
  const world = await company(database);
  const ownTeam = await team(world);
  const policyId = await slaPolicy(world, ownTeam, { targetMinutes: 240, ...policy });
  return { ...world, team: ownTeam, policyId };
}

/** A user's request at an instant. */
export function at(world: World, instant: string, options: { role?: Role; command?: Command } = {}): Context {
  return contextFor(world, { role: 'agent', ...options, now: () => new Date(instant) });
}

export function submit(
  world: SlaDesk,
  instant: string = opening,
  draft: Partial<TicketDraft> = {},
): Promise<TicketView> {
  return createTicket(at(world, instant), { teamId: world.team.id, subject: 'Over time', ...draft });
}

/** Takes a decision as the workflow's activity does for a request. */
export function decide(
  world: World,
  ticketId: string,
  instant: string,
  decision: TicketDecision,
  options: { readonly command?: Command; readonly expectedVersion?: number } = {},
): Promise<TicketView> {
  const command = options.command ?? commandFor();
  return decideTicket(at(world, instant, { command }), ticketId, decision, {
    expectedVersion: options.expectedVersion,
  });
}

/** Takes a decision as the workflow's activity does for an operator's signal. */
export function operate(
  world: World,
  ticketId: string,
  decision: TicketDecision,
  commandId: string = newId('command'),
): Promise<TicketView> {
  const command = { commandId, fingerprint: 'operator', replayed: false };
  const context: Context = { ...contextFor(world, { command }), actor: { type: 'operator' }, role: null };
  return decideTicket(context, ticketId, decision, {});
}

/** A ticket's clocks, oldest first, with instants in words. */
export async function clocksOf(world: World, ticketId: string) {
  const clocks = await world.database.prisma.slaClock.findMany({
    where: { companyId: world.companyId, ticketId },
    orderBy: { id: 'asc' },
  });
  return clocks.map((clock) => ({
    policyId: clock.policyId,
    cycle: clock.cycle,
    status: clock.status,
    calendarVersion: clock.calendarVersion,
    startedAt: clock.startedAt.toISOString(),
    deadline: clock.deadline?.toISOString() ?? null,
    reachedAt: clock.reachedAt?.toISOString() ?? null,
    breachedAt: clock.breachedAt?.toISOString() ?? null,
    observedAt: clock.observedAt?.toISOString() ?? null,
  }));
}

/** The kinds of a ticket's events in their order. */
export async function kindsOf(world: World, ticketId: string): Promise<string[]> {
  const events = await world.database.prisma.event.findMany({
    where: { companyId: world.companyId, ticketId },
    orderBy: { position: 'asc' },
  });
  return events.map(({ kind }) => kind);
}
