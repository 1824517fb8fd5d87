import type { Database } from '../../../prisma/client';
import { newId } from '../../../services/ids';
import { createTicket } from '../../../services/tickets/create-ticket';
import {
  company,
  contact,
  contextFor,
  employee,
  product,
  saleOrder,
  slaPolicy,
  type TestTeam,
  team,
  timesheetEntry,
  type World,
} from '../../support/factories';

export const targetMinutes = 1;
export const warnAtPercent = 50;

/** Time that is moved between the lines of one order while invoices are made of it. */
export interface Bank {
  readonly orderId: string;
  readonly lineIds: readonly string[];
  readonly totalMinutes: number;
  readonly entryMinutes: number;
  readonly entries: readonly { readonly id: string; readonly lineId: string }[];
}

/** The company that the clients of a run work for. */
export interface FaultCompany extends World {
  /** Without promises, so that nothing but the clients changes a ticket. */
  readonly plainTeam: TestTeam;
  /** Promises that each ticket is solved within a minute, around the clock. */
  readonly promisingTeam: TestTeam;
  readonly contactId: string;
  readonly employeeId: string;
  /** Lines that time may be logged on; the last one is a pack that is soon used up. */
  readonly orders: readonly { readonly id: string; readonly lineId: string }[];
  readonly bank: Bank;
  /** Tickets whose deadlines pass during the run, by their ids. */
  readonly promisedTicketIds: readonly string[];
}

const bankLines = 4;
const bankEntries = 48;
const bankEntryMinutes = 30;
const packMinutes = 600;

/** Makes the company, with a promise that comes due about every second of the run. */
export async function faultCompany(database: Database, durationMs: number): Promise<FaultCompany> {
  const world = await company(database);
  const plainTeam = await team(world, { name: 'Plain', calendarId: world.alwaysCalendarId });
  const promisingTeam = await team(world, { name: 'Promising', calendarId: world.alwaysCalendarId });
  await slaPolicy(world, promisingTeam, { targetMinutes, warnAtPercent });
  const contactId = await contact(world);
  const employeeId = await employee(world, { userId: world.users.agent.id });
  const orders = [
    await saleOrder(world, { contactId }),
    await saleOrder(world, { contactId }),
    await saleOrder(world, { contactId, invoicing: 'prepaid', orderedMinutes: packMinutes }),
  ];
  const bank = await makeBank(world, plainTeam, { contactId, employeeId });
  const promisedTicketIds: string[] = [];
  for (let dueInMs = 5_000; dueInMs < durationMs; dueInMs += 1_000) {
    const createdAt = new Date(Date.now() + dueInMs - targetMinutes * 60_000);
    const context = contextFor(world, { role: 'agent', now: () => createdAt });
    const draft = { teamId: promisingTeam.id, subject: `promised ${dueInMs}`, contactId };
    promisedTicketIds.push((await createTicket(context, draft)).id);
  }
  return { ...world, plainTeam, promisingTeam, contactId, employeeId, orders, bank, promisedTicketIds };
}

async function makeBank(
  world: World,
  of: TestTeam,
  by: { readonly contactId: string; readonly employeeId: string },
): Promise<Bank> {
  const { companyId, database } = world;
  const order = await saleOrder(world, { contactId: by.contactId });
  const lineIds = [order.lineId];
  for (let position = 2; position <= bankLines; position++) {
    const id = newId('saleOrderLine');
    const ordered = { description: 'Support hours', invoicing: 'time_and_materials', unit: 'hour' } as const;
    const productId = await product(world);
    const unitPriceMinor = 12_000n;
    await database.prisma.saleOrderLine.create({
      data: { companyId, id, orderId: order.id, productId, position, unitPriceMinor, ...ordered },
    });
    lineIds.push(id);
  }
  const context = contextFor(world, { role: 'agent' });
  const draft = { teamId: of.id, subject: 'bank', contactId: by.contactId };
  const tickets = [await createTicket(context, draft), await createTicket(context, draft)];
  const entries: { id: string; lineId: string }[] = [];
  for (let index = 0; index < bankEntries; index++) {
    const lineId = lineIds[index % bankLines] ?? '';
    const on = {
      ticketId: tickets[index % tickets.length]?.id ?? '',
      projectId: of.projectId ?? '',
      employeeId: by.employeeId,
    };
    const minutes = bankEntryMinutes;
    const id = await timesheetEntry(world, on, { minutes, saleOrderLineId: lineId, applied: true });
    entries.push({ id, lineId });
  }
  return {
    orderId: order.id,
    lineIds,
    totalMinutes: bankEntries * bankEntryMinutes,
    entryMinutes: bankEntryMinutes,
    entries,
  };
}
