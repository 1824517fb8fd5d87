import { openDatabase } from '../../../prisma/client';
import { updateCalendar } from '../../../services/calendars/update-calendar';
import { systemContext } from '../../../services/context';
import { explainDeadline } from '../../../services/sla/explain-deadline';
import type { ClockCause } from '../../../services/sla/plan-clocks';
import { settleTicket } from '../../../services/sla/settle-ticket';
import { orderStages } from '../../../services/teams/order-stages';
import { ticketSnapshot } from '../../../services/tickets/ticket-snapshot';
import { testDatabase } from '../../support/database';
import { contextFor, slaPolicy, team } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { clocksOf, decide, kindsOf, opening, type SlaDesk, slaDesk, submit } from './sla-desk';

const database = testDatabase();

/** What the workflow's local activity does at an instant. */
function settle(world: SlaDesk, ticketId: string, instant: string, cause: ClockCause = 'due'): Promise<void> {
  const context = systemContext({
    companyId: world.companyId,
    database,
    actor: { type: 'system', process: 'workflow' },
    now: () => new Date(instant),
  });
  return settleTicket(context, ticketId, cause);
}

const wakeOf = async (world: SlaDesk, ticketId: string): Promise<string | null> => {
  const { nextWakeAtMs } = await ticketSnapshot(database.pool, world.companyId, ticketId);
  return nextWakeAtMs === null ? null : new Date(nextWakeAtMs).toISOString();
};

describe('settling what is due', () => {
  it('warns once at 80 %, then waits for the deadline', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    expect(await wakeOf(world, id)).toBe('2026-03-02T11:12:00.000Z');

    for (const instant of ['2026-03-02T11:12:00Z', '2026-03-02T11:12:00Z', '2026-03-02T11:40:00Z'])
      await settle(world, id, instant);

    expect((await kindsOf(world, id)).filter((kind) => kind === 'sla.at_risk')).toHaveLength(1);
    expect(await database.prisma.ticket.findFirstOrThrow({ where: { id } })).toMatchObject({
      slaState: 'at_risk',
    });
    expect(await wakeOf(world, id)).toBe('2026-03-02T12:00:00.000Z');
  });

  it('records one breach at its deadline, first seen later, by ten at once and again', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);

    await Promise.all(Array.from({ length: 10 }, () => settle(world, id, '2026-03-02T15:30:00Z')));
    await settle(world, id, '2026-03-02T15:45:00Z');

    const [clock] = await clocksOf(world, id);
    expect(clock).toMatchObject({
      status: 'breached',
      deadline: '2026-03-02T12:00:00.000Z',
      breachedAt: '2026-03-02T12:00:00.000Z',
      observedAt: '2026-03-02T15:30:00.000Z',
    });
    const kinds = await kindsOf(world, id);
    expect(kinds.filter((kind) => kind === 'sla.breached')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'sla.at_risk')).toHaveLength(1);
    const [breach] = await database.prisma.event.findMany({ where: { ticketId: id, kind: 'sla.breached' } });
    expect(breach?.after).toMatchObject({
      dueAt: '2026-03-02T12:00:00.000Z',
      observedAt: '2026-03-02T15:30:00.000Z',
    });
    expect(await wakeOf(world, id)).toBeNull();
  });

  it('writes nothing when nothing is due', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const before = await rowsOf(database, { companyId: world.companyId });
    await settle(world, id, '2026-03-02T11:11:59Z');
    expect(await rowsOf(database, { companyId: world.companyId })).toEqual(before);
  });

  it('sees a deadline that passed unseen before the move that would have met it', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await decide(world, id, '2026-03-02T12:00:00.001Z', { kind: 'close' });
    const [clock] = await clocksOf(world, id);
    expect(clock).toMatchObject({
      status: 'breached',
      breachedAt: '2026-03-02T12:00:00.000Z',
      reachedAt: '2026-03-02T12:00:00.001Z',
    });
  });
});

describe('a new calendar', () => {
  async function openLater(world: SlaDesk): Promise<void> {
    const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ week: null, weekday, from: 660, to: 1080 }));
    await updateCalendar(contextFor(world), world.officeCalendarId, { weekly }, undefined);
  }

  it('is adopted by unfinished clocks, whose explanation says why and still adds up', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await openLater(world);
    expect(await clocksOf(world, id)).toMatchObject([
      { calendarVersion: 1, deadline: '2026-03-02T12:00:00.000Z' },
    ]);

    await settle(world, id, '2026-03-02T09:00:00Z', 'calendar_changed');
    await settle(world, id, '2026-03-02T09:00:00Z', 'calendar_changed');

    expect(await clocksOf(world, id)).toMatchObject([
      { calendarVersion: 2, deadline: '2026-03-02T14:00:00.000Z' },
    ]);
    const clock = await database.prisma.slaClock.findFirstOrThrow({ where: { ticketId: id } });
    const explanation = await explainDeadline(contextFor(world), id, clock.id);
    expect(explanation.sumMinutes).toBe(240);
    expect(explanation.changes.map(({ cause }) => cause)).toEqual(['ticket_created', 'calendar_changed']);
    expect((await kindsOf(world, id)).filter((kind) => kind === 'sla.deadline_moved')).toHaveLength(1);
  });

  it('leaves finished clocks alone', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await settle(world, id, '2026-03-02T13:00:00Z');
    const before = await clocksOf(world, id);
    await openLater(world);
    await settle(world, id, '2026-03-02T13:30:00Z', 'calendar_changed');
    await decide(world, id, '2026-03-02T13:30:00Z', { kind: 'recalculate_sla', reason: 'to be sure' });
    expect(await clocksOf(world, id)).toEqual(before);
  });

  it('counts though the word of it comes late: no deadline is missed by hours that were corrected before it', async () => {
    const world = await slaDesk(database);
    const due = await submit(world);
    const solved = await submit(world);
    await openLater(world);

    await settle(world, due.id, '2026-03-02T12:30:00Z');
    await decide(world, solved.id, '2026-03-02T12:30:00Z', { kind: 'close' });

    expect(await clocksOf(world, due.id)).toMatchObject([
      { status: 'running', calendarVersion: 2, deadline: '2026-03-02T14:00:00.000Z' },
    ]);
    expect(await clocksOf(world, solved.id)).toMatchObject([
      { status: 'reached', calendarVersion: 2, deadline: '2026-03-02T14:00:00.000Z', breachedAt: null },
    ]);
    const clock = await database.prisma.slaClock.findFirstOrThrow({ where: { ticketId: due.id } });
    const { changes, sumMinutes } = await explainDeadline(contextFor(world), due.id, clock.id);
    expect([changes.at(-1)?.cause, sumMinutes]).toEqual(['calendar_changed', 240]);
    expect(await database.prisma.job.count({ where: { ticketId: due.id, kind: 'clocks_changed' } })).toBe(1);
  });

  it('takes a warning back that was given too early, and gives it when it is due', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await settle(world, id, '2026-03-02T11:12:00Z');
    const state = async () => (await database.prisma.ticket.findFirstOrThrow({ where: { id } })).slaState;
    expect(await state()).toBe('at_risk');
    await openLater(world);

    await settle(world, id, '2026-03-02T11:20:00Z', 'calendar_changed');

    expect(await state()).toBe('on_track');
    expect(await wakeOf(world, id)).toBe('2026-03-02T13:12:00.000Z');
    await settle(world, id, '2026-03-02T13:12:00Z');
    await settle(world, id, '2026-03-02T13:12:00Z');
    expect(await state()).toBe('at_risk');
    expect((await kindsOf(world, id)).filter((kind) => kind === 'sla.at_risk')).toHaveLength(2);
  });

  it('is made known to a ticket that was closed meanwhile when it is reopened', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await decide(world, id, '2026-03-02T09:00:00Z', { kind: 'close' });
    await openLater(world);
    const jobs = () => database.prisma.job.findMany({ where: { ticketId: id, kind: 'clocks_changed' } });
    expect(await jobs()).toHaveLength(0);

    await decide(world, id, '2026-03-02T10:30:00Z', { kind: 'reopen' });

    expect(await jobs()).toMatchObject([{ reference: { cause: 'calendar_changed' } }]);
    await settle(world, id, '2026-03-02T10:30:01Z', 'calendar_changed');
    expect(await clocksOf(world, id)).toMatchObject([
      { calendarVersion: 2, status: 'running', deadline: '2026-03-02T14:30:00.000Z' },
    ]);
    expect(await jobs()).toHaveLength(1);
  });

  it('is read over the connection that settles, so that settling many tickets at once never waits for itself', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await openLater(world);
    const narrow = openDatabase({ url: database.url, poolSize: 1, applicationName: 'test' });
    try {
      const context = systemContext({
        companyId: world.companyId,
        database: narrow,
        actor: { type: 'system', process: 'workflow' },
        now: () => new Date('2026-03-02T09:00:00Z'),
      });
      await settleTicket(context, id, 'calendar_changed');
    } finally {
      await narrow.close();
    }
    expect(await clocksOf(world, id)).toMatchObject([{ calendarVersion: 2 }]);
  });

  it('is adopted on an operator’s word, with the reason', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await openLater(world);
    await decide(world, id, '2026-03-02T09:00:00Z', { kind: 'recalculate_sla', reason: 'longer hours' });
    expect(await clocksOf(world, id)).toMatchObject([{ calendarVersion: 2 }]);
    const [change] = await database.prisma.slaClockChange.findMany({
      where: { companyId: world.companyId },
      orderBy: { sequence: 'desc' },
    });
    expect(change).toMatchObject({ cause: 'recalculated', reason: 'longer hours' });
  });
});

describe('matching again', () => {
  const urgent = { kind: 'change_attributes', changes: { priority: 'urgent' } } as const;

  it('cancels what runs and no longer matches, and starts what does from the ticket’s creation', async () => {
    const world = await slaDesk(database, { priorities: [1] });
    const forUrgent = await slaPolicy(world, world.team, { targetMinutes: 60, priorities: [3] });
    const { id } = await submit(world);

    await decide(world, id, '2026-03-02T08:30:00Z', urgent);

    expect(await clocksOf(world, id)).toMatchObject([
      { policyId: world.policyId, status: 'cancelled', deadline: null },
      { policyId: forUrgent, status: 'running', startedAt: opening, deadline: '2026-03-02T09:00:00.000Z' },
    ]);
  });

  it('takes a cancelled clock up again as if it had never been cancelled', async () => {
    const world = await slaDesk(database, { priorities: [1] });
    const { id } = await submit(world);
    const before = await clocksOf(world, id);
    await decide(world, id, '2026-03-02T08:30:00Z', urgent);
    await decide(world, id, '2026-03-02T09:30:00Z', {
      kind: 'change_attributes',
      changes: { priority: 'medium' },
    });
    expect(await clocksOf(world, id)).toEqual(before);
  });

  it('leaves what was reached and what was breached', async () => {
    const world = await slaDesk(database, { priorities: [1] });
    const quick = await slaPolicy(world, world.team, { targetMinutes: 60, priorities: [1] });
    const first = await slaPolicy(world, world.team, {
      targetMinutes: 60,
      priorities: [1],
      targetStageId: world.team.stages.inProgress,
    });
    const { id } = await submit(world);
    await decide(world, id, '2026-03-02T08:30:00Z', {
      kind: 'move_stage',
      stageId: world.team.stages.inProgress,
    });
    await settle(world, id, '2026-03-02T10:00:00Z');

    await decide(world, id, '2026-03-02T10:30:00Z', urgent);

    const byPolicy = new Map((await clocksOf(world, id)).map((clock) => [clock.policyId, clock.status]));
    expect(Object.fromEntries(byPolicy)).toEqual({
      [world.policyId]: 'cancelled',
      [quick]: 'breached',
      [first]: 'reached',
    });
  });

  it('happens only when the ticket changes: a policy made later takes no ticket that merely moves', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const later = await slaPolicy(world, world.team, { targetMinutes: 30 });
    await decide(world, id, '2026-03-02T09:00:00Z', {
      kind: 'move_stage',
      stageId: world.team.stages.inProgress,
    });
    await settle(world, id, '2026-03-02T09:30:00Z');
    expect((await clocksOf(world, id)).map(({ policyId }) => policyId)).toEqual([world.policyId]);

    await decide(world, id, '2026-03-02T10:00:00Z', urgent);
    expect((await clocksOf(world, id)).map(({ policyId }) => policyId)).toEqual([world.policyId, later]);
  });

  it('is not done by a new order of the stages, which leaves what was reached', async () => {
    const world = await slaDesk(database, { targetMinutes: 480 });
    const { stages } = world.team;
    await slaPolicy(world, world.team, { targetMinutes: 240, targetStageId: stages.inProgress });
    const { id } = await submit(world);
    await decide(world, id, '2026-03-02T08:30:00Z', { kind: 'move_stage', stageId: stages.inProgress });
    await decide(world, id, '2026-03-02T09:00:00Z', { kind: 'move_stage', stageId: stages.awaitingCustomer });
    const before = await clocksOf(world, id);
    expect(before.map(({ status }) => status)).toEqual(['paused', 'reached']);
    await slaPolicy(world, world.team, { targetMinutes: 30 });

    const { new: fresh, inProgress, awaitingCustomer, solved, canceled } = stages;
    await orderStages(contextFor(world), world.team.id, [
      fresh,
      awaitingCustomer,
      inProgress,
      solved,
      canceled,
    ]);
    await settle(world, id, '2026-03-02T10:00:00Z', 'team_settings_changed');

    expect(await clocksOf(world, id)).toEqual(before);
  });

  it('follows the ticket into another team: time in the first team counts, its breach stays a breach', async () => {
    const world = await slaDesk(database);
    const second = await team(world, { name: 'Second level' });
    const there = await slaPolicy(world, second, { targetMinutes: 300 });
    const moved = await submit(world);
    const late = await submit(world);
    const enter = { kind: 'change_attributes', changes: { teamId: second.id } } as const;

    await decide(world, moved.id, '2026-03-02T10:00:00Z', enter);
    await decide(world, late.id, '2026-03-02T12:30:00Z', enter);

    expect(await clocksOf(world, moved.id)).toMatchObject([
      { policyId: world.policyId, status: 'cancelled' },
      { policyId: there, status: 'running', startedAt: opening, deadline: '2026-03-02T13:00:00.000Z' },
    ]);
    expect(await clocksOf(world, late.id)).toMatchObject([
      { policyId: world.policyId, status: 'breached', breachedAt: '2026-03-02T12:00:00.000Z' },
      { policyId: there, status: 'running', deadline: '2026-03-02T13:00:00.000Z' },
    ]);
    const clock = await database.prisma.slaClock.findFirstOrThrow({
      where: { ticketId: moved.id, policyId: there },
    });
    expect((await explainDeadline(contextFor(world), moved.id, clock.id)).sumMinutes).toBe(300);
  });
});
