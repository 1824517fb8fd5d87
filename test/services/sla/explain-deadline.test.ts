import type { Database } from '../../../prisma/client';
import { updateCalendar } from '../../../services/calendars/update-calendar';
import { explainDeadline } from '../../../services/sla/explain-deadline';
import { ticketSla } from '../../../services/sla/ticket-sla';
import { testDatabase } from '../../support/database';
import { contextFor } from '../../support/factories';
import { at, decide, type SlaDesk, slaDesk, submit } from './sla-desk';

const database = testDatabase();

const clockIdOf = async (ticketId: string): Promise<string> =>
  (await database.prisma.slaClock.findFirstOrThrow({ where: { ticketId }, orderBy: { cycle: 'asc' } })).id;

const explain = async (world: SlaDesk, ticketId: string, instant: string) =>
  explainDeadline(at(world, instant), ticketId, await clockIdOf(ticketId));

const move = (world: SlaDesk, ticketId: string, instant: string, stage: keyof SlaDesk['team']['stages']) =>
  decide(world, ticketId, instant, { kind: 'move_stage', stageId: world.team.stages[stage] });

describe('the explanation of a deadline', () => {
  it('adds up to the target also when the target was reached before it, from a pause and under a restart', async () => {
    const world = await slaDesk(database, { onReopen: 'restart' });
    const { id } = await submit(world);
    await move(world, id, '2026-03-02T09:00:00Z', 'awaitingCustomer');
    await move(world, id, '2026-03-02T11:00:00Z', 'solved');

    const met = await explain(world, id, '2026-03-05T09:00:00Z');
    expect(met).toMatchObject({ deadline: '2026-03-02T14:00:00.000Z', until: '2026-03-02T14:00:00.000Z' });
    expect(met).toMatchObject({ targetMinutes: 240, sumMinutes: 240, remainingMinutes: 180 });
    expect(met.segments?.map(({ counted, reason, minutes }) => [counted, reason, minutes])).toEqual([
      [true, 'working_hours', 60],
      [false, 'stage_paused', 120],
      [true, 'working_hours', 180],
    ]);

    await move(world, id, '2026-03-02T12:00:00Z', 'awaitingCustomer');
    await move(world, id, '2026-03-02T12:30:00Z', 'inProgress');
    expect(await explain(world, id, '2026-03-05T09:00:00Z')).toMatchObject({
      deadline: '2026-03-02T14:00:00.000Z',
      sumMinutes: 240,
    });
  });

  it('says how much is left as the clock itself does, running and stopped', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const left = async (instant: string) => {
      const [clock] = (await ticketSla(at(world, instant), id)).clocks;
      return [(await explain(world, id, instant)).remainingMinutes, clock?.remainingMinutes];
    };
    expect(await left('2026-03-02T08:30:30Z')).toEqual([209, 209]);
    await move(world, id, '2026-03-02T09:00:00Z', 'awaitingCustomer');
    expect(await left('2026-03-04T09:00:00Z')).toEqual([180, 180]);
    await move(world, id, '2026-03-04T09:00:00Z', 'solved');
    expect(await left('2026-03-05T09:00:00Z')).toEqual([180, 180]);
  });

  it('ends where the clock was cancelled', async () => {
    const world = await slaDesk(database, { priorities: [1] });
    const { id } = await submit(world);
    await decide(world, id, '2026-03-02T09:30:00Z', {
      kind: 'change_attributes',
      changes: { priority: 'urgent' },
    });
    expect(await explain(world, id, '2026-06-01T09:30:00Z')).toMatchObject({
      deadline: null,
      until: '2026-03-02T09:30:00.000Z',
      sumMinutes: 90,
      remainingMinutes: 150,
    });
  });

  it('is of one instant, though the ticket is moved while it is read', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const clockId = await clockIdOf(id);
    let moved = 0;
    const meanwhile = movingBefore('ticket_stage_period', async () => {
      moved += 1;
      await move(world, id, '2026-03-02T09:00:00Z', 'awaitingCustomer');
    });
    const context = { ...at(world, '2026-03-02T09:00:00Z'), database: meanwhile };
    const explanation = await explainDeadline(context, id, clockId);
    expect(moved).toBe(1);
    expect(explanation).toMatchObject({ deadline: '2026-03-02T12:00:00.000Z', sumMinutes: 240 });
  });

  /** The database, which lets something happen after its other reads and before it reads that table. */
  function movingBefore(table: string, happen: () => Promise<void>): Database {
    let others: Promise<unknown> = Promise.resolve();
    const watching = <Connection extends object>(connection: Connection): Connection =>
      new Proxy(connection, {
        get(target, name) {
          const member = Reflect.get(target, name) as unknown;
          if (typeof member !== 'function') return member;
          const call = (...given: unknown[]): unknown => Reflect.apply(member, target, given);
          if (name === 'connect') return async () => watching((await call()) as object);
          if (name !== 'query') return call;
          return async (...given: unknown[]) => {
            if (JSON.stringify(given[0]).includes(table)) {
              await others;
              await happen();
              return call(...given);
            }
            const answer = call(...given) as Promise<unknown>;
            others = Promise.all([others, answer]);
            return answer;
          };
        },
      });
    return { ...database, prisma: database.prisma, pool: watching(database.pool) };
  }
});

describe('a target beyond all measure', () => {
  const once = [{ week: null, weekday: 1, from: 540, to: 541 }];

  it('has its deadline and its sum, without a list of thousands of years', async () => {
    const world = await slaDesk(database, { targetMinutes: 50_000 });
    await updateCalendar(contextFor(world), world.officeCalendarId, { weekly: once }, undefined);
    const { id } = await submit(world);
    const explanation = await explain(world, id, '2026-03-02T09:00:00Z');
    expect(explanation.deadline?.slice(0, 4)).toBe('2984');
    expect(explanation).toMatchObject({ segments: null, sumMinutes: 50_000, remainingMinutes: 49_999 });
  });

  it('that no year with four digits reaches has no deadline, and says so', async () => {
    const world = await slaDesk(database, { targetMinutes: 5_256_000 });
    await updateCalendar(contextFor(world), world.officeCalendarId, { weekly: once }, undefined);
    const ticket = await submit(world);
    expect(ticket).toMatchObject({ slaState: 'on_track', nextDeadline: null });
    const { clocks } = await ticketSla(at(world, '2026-03-02T09:00:00Z'), ticket.id);
    expect(clocks).toMatchObject([{ status: 'running', deadline: null, atRiskAt: null }]);
    const { sentence } = await explain(world, ticket.id, '2026-03-02T09:00:00Z');
    expect(sentence).toContain('there is no deadline');
    await move(world, ticket.id, '2026-03-02T10:00:00Z', 'awaitingCustomer');
    await move(world, ticket.id, '2026-03-02T10:00:00Z', 'inProgress');
    await move(world, ticket.id, '2026-03-02T10:00:00Z', 'solved');
  });
});
