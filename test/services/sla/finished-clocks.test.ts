import { systemContext } from '../../../services/context';
import { explainDeadline } from '../../../services/sla/explain-deadline';
import { settleTicket } from '../../../services/sla/settle-ticket';
import { orderStages } from '../../../services/teams/order-stages';
import { testDatabase } from '../../support/database';
import { contextFor, slaPolicy, type TestTeam, team } from '../../support/factories';
import { decide, opening, type SlaDesk, slaDesk, submit } from './sla-desk';

const database = testDatabase();

interface TwoTeams extends SlaDesk {
  readonly second: TestTeam;
}

/** A team that promises to begin within an hour, and one that promises nothing. */
async function twoTeams(policy: Parameters<typeof slaPolicy>[2] = {}): Promise<TwoTeams> {
  const world = await slaDesk(database, { targetMinutes: 480 });
  const second = await team(world, { name: 'Second level' });
  await slaPolicy(world, world.team, {
    targetMinutes: 60,
    targetStageId: world.team.stages.inProgress,
    ...policy,
  });
  return { ...world, second };
}

const enter = (to: TestTeam) => ({ kind: 'change_attributes', changes: { teamId: to.id } }) as const;

/** Everything of the ticket's clocks of one hour, in the order of their cycles. */
async function hourClocks(world: SlaDesk, ticketId: string) {
  const clocks = await database.prisma.slaClock.findMany({
    where: { companyId: world.companyId, ticketId, targetMinutes: 60 },
    orderBy: { cycle: 'asc' },
  });
  return clocks.map((clock) => ({
    status: clock.status,
    deadline: clock.deadline?.toISOString() ?? null,
    reachedAt: clock.reachedAt?.toISOString() ?? null,
    breachedAt: clock.breachedAt?.toISOString() ?? null,
    exceededMinutes: clock.exceededMinutes,
  }));
}

const reachedLate = {
  status: 'breached',
  deadline: '2026-03-02T09:00:00.000Z',
  reachedAt: '2026-03-02T09:30:00.000Z',
  breachedAt: '2026-03-02T09:00:00.000Z',
  exceededMinutes: 30,
};
const reachedInTime = {
  status: 'reached',
  deadline: '2026-03-02T09:00:00.000Z',
  reachedAt: '2026-03-02T08:20:00.000Z',
  breachedAt: null,
  exceededMinutes: null,
};

async function beganAt(world: SlaDesk, instant: string): Promise<string> {
  const { id } = await submit(world, opening);
  await decide(world, id, instant, { kind: 'move_stage', stageId: world.team.stages.inProgress });
  return id;
}

describe.each(['resume', 'restart'] as const)(
  'a target that was reached, with %s on reopening',
  (onReopen) => {
    it.each([
      ['in time', '2026-03-02T08:20:00Z', reachedInTime],
      ['late', '2026-03-02T09:30:00Z', reachedLate],
    ] as const)(
      '%s stays as it was reached in another team and back again',
      async (_when, began, reached) => {
        const world = await twoTeams({ onReopen });
        const id = await beganAt(world, began);
        expect(await hourClocks(world, id)).toEqual([reached]);

        await decide(world, id, '2026-03-02T10:00:00Z', enter(world.second));
        expect(await hourClocks(world, id)).toEqual([reached]);
        await decide(world, id, '2026-03-02T14:00:00Z', enter(world.team));
        expect(await hourClocks(world, id)).toEqual([reached]);
      },
    );
  },
);

it.each([
  ['in time', '2026-03-02T08:20:00Z', reachedInTime],
  ['late', '2026-03-02T09:30:00Z', reachedLate],
] as const)(
  'a closed ticket that was solved %s keeps its clock through another team',
  async (_when, solved, reached) => {
    const world = await twoTeams();
    const { id } = await submit(world, opening);
    await decide(world, id, solved, { kind: 'close' });
    await decide(world, id, '2026-03-02T10:00:00Z', enter(world.second));
    await decide(world, id, '2026-03-02T14:00:00Z', enter(world.team));
    expect(await hourClocks(world, id)).toEqual([reached]);
  },
);

it('what was reached late stays so when the stages are ordered anew', async () => {
  const world = await twoTeams();
  const { new: fresh, inProgress, awaitingCustomer, solved, canceled } = world.team.stages;
  const id = await beganAt(world, '2026-03-02T09:30:00Z');
  await decide(world, id, '2026-03-02T09:40:00Z', { kind: 'move_stage', stageId: awaitingCustomer });

  const order = [fresh, awaitingCustomer, inProgress, solved, canceled];
  await orderStages(contextFor(world), world.team.id, order);
  await settleTicket(
    systemContext({
      companyId: world.companyId,
      database,
      actor: { type: 'system', process: 'workflow' },
      now: () => new Date('2026-03-02T10:00:00Z'),
    }),
    id,
    'team_settings_changed',
  );

  expect(await hourClocks(world, id)).toEqual([reachedLate]);
});

it('a reopened target goes on from what was left: the time with another team was not its own, and is explained so', async () => {
  const world = await twoTeams();
  const id = await beganAt(world, '2026-03-02T08:20:00Z');
  await decide(world, id, '2026-03-02T10:00:00Z', enter(world.second));
  await decide(world, id, '2026-03-02T14:00:00Z', enter(world.team));
  await decide(world, id, '2026-03-02T14:30:00Z', { kind: 'move_stage', stageId: world.team.stages.new });

  expect(await hourClocks(world, id)).toMatchObject([
    { status: 'running', deadline: '2026-03-02T15:10:00.000Z', reachedAt: null },
  ]);
  const clock = await database.prisma.slaClock.findFirstOrThrow({
    where: { ticketId: id, targetMinutes: 60 },
  });
  const { sumMinutes } = await explainDeadline(contextFor(world), id, clock.id);
  expect(sumMinutes).toBe(60);
});
