import type { Examples } from '../examples';
import { type Everything, runningTimer, ticket, timesheetEntry } from '../factories';

/** Time that may still be changed or deleted. */
const freshEntry = (world: Everything): Promise<string> =>
  timesheetEntry(
    world,
    { ticketId: world.ticket.id, projectId: world.team.projectId ?? '', employeeId: world.employeeId },
    { saleOrderLineId: world.confirmedOrder.lineId, applied: true },
  );

/** A ticket on which no timer runs, of the customer of the confirmed order. */
async function untimed(world: Everything): Promise<string> {
  return (await ticket(world, world.team, { contactId: world.confirmedOrder.contactId })).id;
}

/** A ticket with a running timer of the agent's own. */
async function timed(world: Everything): Promise<{ ticketId: string; timerId: string }> {
  const ticketId = await untimed(world);
  return { ticketId, timerId: await runningTimer(world, { ticketId, employeeId: world.employeeId }) };
}

export const timesheetExamples: Examples = {
  logTime: ({ ticket, employeeId, confirmedOrder }) => ({
    body: {
      ticketId: ticket.id,
      employeeId,
      date: '2026-03-02',
      minutes: 45,
      description: 'Replaced the fuser.',
      billable: true,
      saleOrderLineId: confirmedOrder.lineId,
    },
  }),
  listTimesheets: () => ({}),
  getTimesheet: ({ entryId }) => ({ params: { timesheetId: entryId } }),
  updateTimesheet: async (world) => ({
    params: { timesheetId: await freshEntry(world) },
    body: {
      date: '2026-03-03',
      minutes: 50,
      description: 'Replaced the fuser and the drum.',
      billable: true,
      saleOrderLineId: world.confirmedOrder.lineId,
    },
  }),
  deleteTimesheet: async (world) => ({ params: { timesheetId: await freshEntry(world) } }),
  listTimers: () => ({}),
  startTimer: async (world) => ({
    params: { ticketId: await untimed(world) },
    body: { employeeId: world.employeeId },
  }),
  stopTimer: async (world) => ({
    params: { ticketId: (await timed(world)).ticketId },
    body: {
      employeeId: world.employeeId,
      description: 'Replaced the fuser.',
      billable: true,
      saleOrderLineId: world.confirmedOrder.lineId,
      minutes: 30,
    },
  }),
  discardTimer: async (world) => ({ params: { timerId: (await timed(world)).timerId } }),
  traceTimesheet: ({ entryId }) => ({ params: { timesheetId: entryId } }),
  traceTicket: ({ ticket }) => ({ params: { ticketId: ticket.id } }),
};
