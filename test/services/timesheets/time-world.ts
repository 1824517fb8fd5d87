import type { Role } from '../../../domain/shared/actor';
import type { Database } from '../../../prisma/client';
import { type Context, systemContext } from '../../../services/context';
import { type AppliedTimesheet, applyTimesheet } from '../../../services/timesheets/apply-timesheet';
import { ledgerFindings } from '../../../services/timesheets/invariants';
import { logTime } from '../../../services/timesheets/log-time';
import type { TimeDraft, TimesheetView } from '../../../services/timesheets/timesheet';
import {
  company,
  contact,
  contextFor,
  employee,
  saleOrder,
  type TestSaleOrder,
  type TestTeam,
  type TestTicket,
  team,
  ticket,
  type World,
} from '../../support/factories';

/** A company with a customer's ticket on which the agent logs time. */
export interface TimeWorld extends World {
  readonly team: TestTeam;
  readonly ticket: TestTicket;
  readonly organisationId: string;
  readonly personId: string;
  readonly agentEmployeeId: string;
}

export async function timeWorld(database: Database): Promise<TimeWorld> {
  const world = await company(database);
  const organisationId = await contact(world, { kind: 'organisation', name: 'Analytical Engines' });
  const personId = await contact(world, { organisationId });
  const ownTeam = await team(world);
  return {
    ...world,
    team: ownTeam,
    organisationId,
    personId,
    agentEmployeeId: await employee(world, { userId: world.users.agent.id }),
    ticket: await ticket(world, ownTeam, { contactId: personId }),
  };
}

/** Logs an hour of the agent on the world's ticket, unless said otherwise. */
export function log(
  world: TimeWorld,
  draft: Partial<TimeDraft> = {},
  context: Context = contextFor(world, { role: 'agent' }),
): Promise<TimesheetView> {
  return logTime(context, {
    ticketId: world.ticket.id,
    date: '2026-03-02',
    minutes: 60,
    description: 'Looked at it',
    billable: true,
    ...draft,
  });
}

export function as(world: World, role: Role): Context {
  return contextFor(world, { role });
}

/** What the workflow's billing activity does. */
export function apply(world: World, entryId: string): Promise<AppliedTimesheet> {
  const { companyId, database } = world;
  return applyTimesheet(
    systemContext({ companyId, database, actor: { type: 'system', process: 'workflow' } }),
    { entryId },
  );
}

/** Logs and applies. */
export async function bill(world: TimeWorld, draft: Partial<TimeDraft> = {}): Promise<TimesheetView> {
  const entry = await log(world, draft);
  await apply(world, entry.id);
  return entry;
}

export function pack(world: TimeWorld, orderedMinutes: number): Promise<TestSaleOrder> {
  return saleOrder(world, { contactId: world.organisationId, invoicing: 'prepaid', orderedMinutes });
}

/** The slices of an entry as `from-to fate`, with the line's id where the slice stands on one. */
export async function slicesOf(world: World, entryId: string): Promise<string[]> {
  const slices = await world.database.prisma.slice.findMany({
    where: { companyId: world.companyId, entryId },
    orderBy: { fromMinute: 'asc' },
  });
  return slices.map((slice) => `${slice.fromMinute}-${slice.toMinute} ${slice.fate}`);
}

export async function deliveredOf(world: World, lineId: string): Promise<number> {
  const line = await world.database.prisma.saleOrderLine.findUniqueOrThrow({
    where: { companyId_id: { companyId: world.companyId, id: lineId } },
  });
  return line.deliveredMinutes;
}

/** Fails when any promise of the ledger is broken; entries that wait for it are all right. */
export async function expectBooksInOrder(database: Database): Promise<void> {
  expect(await ledgerFindings(database.pool, { pendingSeconds: 3600 })).toEqual([]);
}
