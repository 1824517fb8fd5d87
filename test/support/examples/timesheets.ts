import type { Examples } from '../examples';
import { type Everything, employee, runningTimer, timesheetEntry } from '../factories';

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
  listTimers: () => ({}),
  startTimer: async (world) => ({
    params: { ticketId: world.ticket.id },
    body: { employeeId: await employee(world) },
  }),
  stopTimer: async (world) => {
    const employeeId = await employee(world);
    await runningTimer(world, { ticketId: world.ticket.id, employeeId });
    return {
      params: { ticketId: world.ticket.id },
      body: {
        employeeId,
        description: 'Replaced the fuser.',
        billable: true,
        saleOrderLineId: world.confirmedOrder.lineId,
        minutes: 30,
      },
    };
  },
  discardTimer: async (world) => ({
    params: {
      timerId: await runningTimer(world, { ticketId: world.ticket.id, employeeId: await employee(world) }),
    },
  }),
  traceTimesheet: ({ entryId }) => ({ params: { timesheetId: entryId } }),
  traceTicket: ({ ticket }) => ({ params: { ticketId: ticket.id } }),
};
