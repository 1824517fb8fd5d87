import { updateCalendar } from '../../../services/calendars/update-calendar';
import { systemContext } from '../../../services/context';
import type { ClockCause } from '../../../services/sla/plan-clocks';
import { settleTicket } from '../../../services/sla/settle-ticket';
import { testDatabase } from '../../support/database';
import { contextFor, slaPolicy } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { clocksOf, decide, opening, type SlaDesk, slaDesk, submit } from './sla-desk';

const database = testDatabase();
const minuteMs = 60_000;
const after = (minutes: number): string => new Date(Date.parse(opening) + minutes * minuteMs).toISOString();

function settle(world: SlaDesk, ticketId: string, instant: string, cause: ClockCause = 'due'): Promise<void> {
  const actor = { type: 'system', process: 'workflow' } as const;
  const { companyId } = world;
  return settleTicket(
    systemContext({ companyId, database, actor, now: () => new Date(instant) }),
    ticketId,
    cause,
  );
}

/** Moves a ticket to one stage after the other, a minute and a bit apart. */
async function moveAbout(world: SlaDesk, ticketId: string, from: number, to: number): Promise<void> {
  const { inProgress, awaitingCustomer, solved, new: fresh } = world.team.stages;
  const round = [inProgress, awaitingCustomer, fresh, solved, awaitingCustomer, fresh, inProgress, solved];
  for (let step = from; step < to; step++) {
    const stageId = round[step % round.length] ?? fresh;
    await decide(world, ticketId, after(step * 1.3), { kind: 'move_stage', stageId });
  }
}

/** What settling from the beginning says must be what is stored. */
async function expectExact(world: SlaDesk, ticketId: string, instant: string): Promise<void> {
  await settle(world, ticketId, instant);
  const clocks = await clocksOf(world, ticketId);
  await database.pool.query('UPDATE sla_clock SET progress = NULL WHERE ticket_id = $1', [ticketId]);
  const before = await rowsOf(database, { companyId: world.companyId });
  await settle(world, ticketId, instant);
  expect(await clocksOf(world, ticketId)).toEqual(clocks);
  await database.pool.query('UPDATE sla_clock SET progress = NULL WHERE ticket_id = $1', [ticketId]);
  expect(await rowsOf(database, { companyId: world.companyId })).toEqual(before);
}

const progressOf = async (ticketId: string): Promise<number[]> => {
  const clocks = await database.prisma.slaClock.findMany({ where: { ticketId } });
  return clocks.map(({ progress }) => (progress as { sequence: number } | null)?.sequence ?? 0);
};

it('reads a ticket that has moved often on from where it was settled, exactly', async () => {
  const world = await slaDesk(database, { targetMinutes: 480 });
  await slaPolicy(world, world.team, { targetMinutes: 30, onReopen: 'restart' });
  await slaPolicy(world, world.team, { targetMinutes: 20 });
  const { id } = await submit(world);
  for (const [from, to] of [
    [0, 50],
    [50, 90],
    [90, 135],
  ] as const) {
    await moveAbout(world, id, from, to);
    for (const sequence of await progressOf(id)) expect(to - sequence).toBeLessThan(40);
    await expectExact(world, id, after(to * 1.3));
  }
}, 60_000);

it('needs nothing of what is settled, until something that it follows from is changed', async () => {
  const world = await slaDesk(database, { targetMinutes: 2_000 });
  const { id } = await submit(world);
  await moveAbout(world, id, 0, 45);
  const [settled = 0] = await progressOf(id);
  expect(settled).toBeGreaterThan(30);
  const { companyId } = world;
  const forgotten = { companyId, ticketId: id, sequence: { lte: settled } };
  const periods = await database.prisma.ticketStagePeriod.findMany({ where: forgotten });
  await database.prisma.ticketStagePeriod.deleteMany({ where: forgotten });
  await moveAbout(world, id, 45, 50);
  await database.prisma.ticketStagePeriod.createMany({ data: periods as never });
  await expectExact(world, id, after(66));

  await moveAbout(world, id, 50, 89);
  const [clock] = await clocksOf(world, id);
  await updateCalendar(
    contextFor(world, { role: 'admin' }),
    world.officeCalendarId,
    { weekly: [{ week: null, weekday: 1, from: 570, to: 1020 }] },
    undefined,
  );
  await settle(world, id, after(118), 'calendar_changed');
  const [moved] = await clocksOf(world, id);
  expect(moved?.calendarVersion).toBe(2);
  expect(moved?.deadline).not.toBe(clock?.deadline);
  await expectExact(world, id, after(118));

  await moveAbout(world, id, 89, 125);
  await database.prisma.stage.updateMany({
    where: { companyId, id: world.team.stages.awaitingCustomer },
    data: { category: 'open' },
  });
  await expectExact(world, id, after(163));
}, 60_000);

it('reads anew what an older release had settled by other rules', async () => {
  const world = await slaDesk(database, { targetMinutes: 480 });
  const { id } = await submit(world);
  await moveAbout(world, id, 0, 46);
  const before = await clocksOf(world, id);
  expect(before).toMatchObject([{ status: 'running' }]);
  const settleOtherwise = (basis: string) =>
    database.pool.query(
      `UPDATE sla_clock SET progress = jsonb_set(jsonb_set(progress, '{state,consumedMs}', '0'), '{basis}', to_jsonb(
        ${basis})) WHERE ticket_id = $1 AND progress->>'basis' LIKE '{"reading":2,%'`,
      [id],
    );

  expect((await settleOtherwise(`replace(progress->>'basis', '"reading":2,', '')`)).rowCount).toBe(1);
  await settle(world, id, after(60));
  expect(await clocksOf(world, id)).toEqual(before);

  await moveAbout(world, id, 46, 94);
  const later = await clocksOf(world, id);
  expect((await settleOtherwise(`progress->>'basis'`)).rowCount).toBe(1);
  await settle(world, id, after(123));
  expect(await clocksOf(world, id)).not.toEqual(later);
});
