import { newId } from '../../../services/ids';
import { deleteTimesheet } from '../../../services/timesheets/delete-timesheet';
import { traceTicket, traceTimesheet } from '../../../services/timesheets/trace';
import { testDatabase } from '../../support/database';
import { contextFor, invoice, saleOrder, team, ticket, user } from '../../support/factories';
import { as, bill, log, pack, type TimeWorld, timeWorld } from './time-world';

const database = testDatabase();
let world: TimeWorld;
const whole = { invoiceMoney: true };

beforeEach(async () => {
  world = await timeWorld(database);
});

test('a trace leads from the entry over slice, order and invoice line to the payment', async () => {
  const order = await saleOrder(world, { contactId: world.personId });
  const entry = await bill(world, { saleOrderLineId: order.lineId });
  const draft = await invoice(world, order, { status: 'posted' });
  await database.prisma.slice.updateMany({
    where: { entryId: entry.id },
    data: { fate: 'invoiced', invoiceLineId: draft.lineId },
  });
  const paymentId = newId('payment');
  await database.prisma.payment.create({
    data: {
      companyId: world.companyId,
      id: paymentId,
      invoiceId: draft.id,
      amountMinor: 5_000n,
      currency: 'EUR',
      paidAt: new Date('2026-04-01T10:00:00Z'),
      method: 'transfer',
      reference: 'A-1',
    },
  });
  const trace = await traceTimesheet(as(world, 'finance'), entry.id, whole);
  expect(trace).toEqual({
    ticketId: world.ticket.id,
    ticketReference: '#00001',
    entries: [
      {
        id: entry.id,
        employeeId: world.agentEmployeeId,
        employeeName: 'Erin Employee',
        date: '2026-03-02',
        minutes: 60,
        version: 1,
        state: 'applied',
        slices: [
          {
            id: expect.any(String),
            fromMinute: 0,
            toMinute: 60,
            minutes: 60,
            fate: 'invoiced',
            saleOrderLine: {
              id: order.lineId,
              saleOrderId: order.id,
              saleOrderNumber: expect.any(Number),
              invoicing: 'time_and_materials',
              unit: 'hour',
              unitPriceMinor: 12_000,
              currency: 'EUR',
              orderedMinutes: 600,
              deliveredMinutes: 60,
            },
            invoiceLine: {
              id: draft.lineId,
              quantityMinutes: 60,
              amountMinor: 12_000,
              invoice: {
                id: draft.id,
                number: expect.any(String),
                status: 'posted',
                currency: 'EUR',
                totalMinor: 12_000,
                paidMinor: 0,
                payments: [
                  {
                    id: paymentId,
                    amountMinor: 5_000,
                    currency: 'EUR',
                    paidAt: '2026-04-01T10:00:00.000Z',
                    method: 'transfer',
                    reference: 'A-1',
                  },
                ],
              },
            },
          },
        ],
      },
    ],
  });
  expect(await traceTicket(as(world, 'finance'), world.ticket.id, whole)).toEqual(trace);
  expect(await traceTicket(as(world, 'finance'), String(world.ticket.number), whole)).toEqual(trace);
});

test("a ticket's trace holds its entries in order, pending ones too and deleted ones not", async () => {
  await pack(world, 90);
  const first = await bill(world);
  const second = await bill(world);
  const deleted = await bill(world);
  await deleteTimesheet(as(world, 'agent'), deleted.id, undefined);
  const third = await log(world);
  const { entries } = await traceTicket(as(world, 'agent'), world.ticket.id, whole);
  expect(entries.map((entry) => [entry.id, entry.state, entry.slices.length])).toEqual([
    [first.id, 'applied', 1],
    [second.id, 'applied', 2],
    [third.id, 'pending', 0],
  ]);
  await expect(traceTimesheet(as(world, 'agent'), deleted.id, whole)).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('a ticket without time has an empty trace', async () => {
  expect(await traceTicket(as(world, 'agent'), world.ticket.id, whole)).toEqual({
    ticketId: world.ticket.id,
    ticketReference: '#00001',
    entries: [],
  });
});

test('what the caller may not see has no trace', async () => {
  const foreign = await timeWorld(database);
  const foreignEntry = await log(foreign);
  const closed = await team(world, { visibility: 'private', memberIds: [] });
  const secret = await ticket(world, closed);
  const hidden = await log(
    world,
    { ticketId: secret.id, employeeId: world.agentEmployeeId },
    as(world, 'admin'),
  );
  const outsider = contextFor(world, { role: 'agent', userId: (await user(world)).id });
  for (const id of [newId('timesheetEntry'), foreignEntry.id, hidden.id]) {
    await expect(traceTimesheet(outsider, id, whole)).rejects.toMatchObject({ code: 'not_found' });
  }
  for (const id of [newId('ticket'), foreign.ticket.id, secret.id]) {
    await expect(traceTicket(outsider, id, whole)).rejects.toMatchObject({ code: 'not_found' });
  }
});
