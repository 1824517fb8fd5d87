import { employee, ticket, timesheetEntry } from '../support/factories';
import type { CrashLane } from './crash-lane';
import { type Desk, desk, type TicketBody } from './desk';

/** A desk with a ticket whose workflow runs. */
export async function deskWithTicket(
  lane: CrashLane,
): Promise<{ readonly on: Desk; readonly ticketId: string }> {
  const on = await desk(lane.database);
  const { body } = await lane.client(on.users.agent.token).post<TicketBody>('/v1/tickets', on.ticketBody);
  await lane.settled(on.companyId);
  return { on, ticketId: body.id };
}

/** A desk with half an hour in the ledger of a closed ticket. */
export async function deskWithTime(lane: CrashLane): Promise<Desk> {
  const on = await desk(lane.database);
  const { id: ticketId } = await ticket(on, on.team, {
    stageId: on.team.stages.solved,
    closedAt: new Date(),
    contactId: on.personId,
    saleOrderLineId: on.order.lineId,
  });
  await timesheetEntry(
    on,
    { ticketId, projectId: on.team.projectId ?? '', employeeId: await employee(on) },
    { minutes: 30, saleOrderLineId: on.order.lineId, applied: true },
  );
  return on;
}
