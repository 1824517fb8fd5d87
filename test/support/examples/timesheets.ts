import type { Examples } from '../examples';
import { type Everything, timesheetEntry } from '../factories';

/** Time that may still be changed or deleted. */
const freshEntry = (world: Everything): Promise<string> =>
  timesheetEntry(
    world,
    { ticketId: world.ticket.id, projectId: world.team.projectId ?? '', employeeId: world.employeeId },
    { saleOrderLineId: world.confirmedOrder.lineId, applied: true },
  );

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
  traceTimesheet: ({ entryId }) => ({ params: { timesheetId: entryId } }),
  traceTicket: ({ ticket }) => ({ params: { ticketId: ticket.id } }),
};
