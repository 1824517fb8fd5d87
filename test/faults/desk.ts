import type { Database } from '../../prisma/client';
import {
  company,
  contact,
  employee,
  saleOrder,
  slaPolicy,
  type TestSaleOrder,
  type TestTeam,
  team,
  type World,
} from '../support/factories';

/** A company that takes tickets around the clock and bills the agent's time by the hour. */
export interface Desk extends World {
  readonly team: TestTeam;
  readonly policyId: string;
  readonly personId: string;
  readonly order: TestSaleOrder;
  /** The body of a ticket of the customer. */
  readonly ticketBody: Readonly<Record<string, string>>;
}

/** `targetMinutes`: the promise of the desk's only policy, in a calendar that is open all the time. */
export async function desk(
  database: Database,
  options: { readonly targetMinutes?: number } = {},
): Promise<Desk> {
  const world = await company(database);
  const ownTeam = await team(world, { calendarId: world.alwaysCalendarId });
  const policyId = await slaPolicy(world, ownTeam, { targetMinutes: options.targetMinutes ?? 480 });
  const personId = await contact(world);
  await employee(world, { userId: world.users.agent.id });
  const order = await saleOrder(world, { contactId: personId });
  return {
    ...world,
    team: ownTeam,
    policyId,
    personId,
    order,
    ticketBody: {
      teamId: ownTeam.id,
      subject: 'The printer is on fire',
      contactId: personId,
      saleOrderLineId: order.lineId,
    },
  };
}

export interface TicketBody {
  readonly id: string;
  readonly stageId: string;
  readonly version: number;
  readonly nextDeadline: string | null;
}

/** The body of 30 minutes logged today. */
export function timeBody(ticketId: string, minutes = 30): Readonly<Record<string, string | number>> {
  return { ticketId, date: new Date().toISOString().slice(0, 10), minutes, description: 'Looked at it' };
}
