import { updateCalendar } from '../../../services/calendars/update-calendar';
import { systemContext } from '../../../services/context';
import { sweep } from '../../../services/reconcile/sweep';
import { settleTicket } from '../../../services/sla/settle-ticket';
import { testDatabase } from '../../support/database';
import { contextFor } from '../../support/factories';
import { clocksOf, decide, type SlaDesk, slaDesk, submit } from '../sla/sla-desk';

const database = testDatabase();

const sweepThoroughly = () =>
  sweep({
    database,
    inventory: {
      ticketsEndedAbnormally: () => Promise.resolve([]),
      countRunningTickets: () => Promise.resolve(1_000_000),
      async *runningTickets() {
        for (const { id } of await database.prisma.ticket.findMany()) yield id;
      },
      startInvoiceRun: () => Promise.resolve(),
    },
    now: new Date(),
    lookBackSeconds: 600,
    thorough: true,
  });

async function waiterForLock(): Promise<void> {
  for (;;) {
    const { rowCount } = await database.pool.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rowCount !== 0) return;
  }
}

/** The decision has read the team's hours when they change, and commits when they have changed. */
async function reopenBesideNewHours(world: SlaDesk, ticketId: string): Promise<void> {
  const holder = await database.pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM sla_clock WHERE ticket_id = $1 FOR UPDATE', [ticketId]);
    const reopened = decide(world, ticketId, '2026-03-02T10:30:00Z', { kind: 'reopen' });
    reopened.catch(() => undefined);
    await waiterForLock();
    const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ week: null, weekday, from: 660, to: 1080 }));
    await updateCalendar(contextFor(world), world.officeCalendarId, { weekly }, undefined);
    await holder.query('COMMIT');
    await reopened;
  } finally {
    holder.release();
  }
}

it('a ticket that was reopened beside a change of hours is told of them by a thorough sweep, once', async () => {
  const world = await slaDesk(database);
  const { id } = await submit(world);
  await decide(world, id, '2026-03-02T09:00:00Z', { kind: 'close' });
  await reopenBesideNewHours(world, id);
  await database.prisma.ticket.updateMany({ where: { id }, data: { nextWakeAt: null } });
  await database.prisma.job.deleteMany({ where: { ticketId: id } });
  expect(await clocksOf(world, id)).toMatchObject([{ status: 'running', calendarVersion: 1 }]);

  expect(await sweepThoroughly()).toMatchObject({ outdatedClocks: 1 });
  expect(await sweepThoroughly()).toMatchObject({ outdatedClocks: 0 });

  const jobs = await database.prisma.job.findMany({ where: { ticketId: id } });
  expect(jobs).toMatchObject([{ kind: 'clocks_changed', reference: { cause: 'calendar_changed' } }]);
  await database.prisma.job.deleteMany({ where: { ticketId: id } });
  const actor = { type: 'system', process: 'workflow' } as const;
  const context = systemContext({
    companyId: world.companyId,
    database,
    actor,
    now: () => new Date('2026-03-02T10:30:01Z'),
  });
  await settleTicket(context, id, 'calendar_changed');
  expect(await clocksOf(world, id)).toMatchObject([{ status: 'running', calendarVersion: 2 }]);
  expect(await sweepThoroughly()).toMatchObject({ outdatedClocks: 0 });
});
