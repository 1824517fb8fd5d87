import type { DomainError } from '../../../domain/shared/errors';
import { newId } from '../../../services/ids';
import { deleteStage } from '../../../services/teams/delete-stage';
import { orderStages } from '../../../services/teams/order-stages';
import { recordRefusedSignal } from '../../../services/tickets/record-refused-signal';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { commandFor, contact, contextFor, saleOrder, team, user } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { clocksOf, decide, kindsOf, opening, operate, type SlaDesk, slaDesk, submit } from '../sla/sla-desk';

const database = testDatabase();
const later = '2026-03-02T09:00:00.000Z';

const unknownAt = (pointer: string) => ({
  code: 'validation_failed',
  details: { fields: [{ pointer, code: 'unknown_reference' }] },
});

const periodsOf = (world: SlaDesk, ticketId: string) =>
  database.prisma.ticketStagePeriod.findMany({
    where: { companyId: world.companyId, ticketId },
    orderBy: { sequence: 'asc' },
  });

describe('moving', () => {
  it('ends one stage period and begins the next at the same instant, by whom it was', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const { inProgress, solved } = world.team.stages;
    const moved = await decide(world, id, later, { kind: 'move_stage', stageId: inProgress, reason: 'mine' });
    await decide(world, id, '2026-03-02T10:00:00Z', { kind: 'move_stage', stageId: solved });
    expect(moved).toMatchObject({ stageId: inProgress, stageCategory: 'open', closedAt: null });
    expect(
      (await periodsOf(world, id)).map(({ stageId, leftAt }) => [stageId, leftAt?.toISOString()]),
    ).toEqual([
      [world.team.stages.new, later],
      [inProgress, '2026-03-02T10:00:00.000Z'],
      [solved, undefined],
    ]);
    const [event] = await database.prisma.event.findMany({
      where: { ticketId: id, kind: 'ticket.stage_changed' },
      orderBy: { position: 'asc' },
    });
    expect(event).toMatchObject({
      actor: { type: 'user', userId: world.users.agent.id },
      before: { stageId: world.team.stages.new },
      after: { stageId: inProgress },
      reason: 'mine',
    });
  });

  it('to the stage it is in changes nothing and is no refusal', async () => {
    const world = await slaDesk(database);
    const { id, version } = await submit(world);
    const answer = await decide(world, id, later, { kind: 'move_stage', stageId: world.team.stages.new });
    expect(answer.version).toBe(version);
    expect(await kindsOf(world, id)).toEqual(['ticket.created', 'sla.clock_started']);
  });

  it('never leaves a stage before it entered it, whatever a host’s clock says', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await decide(world, id, '2026-03-02T07:59:59Z', {
      kind: 'move_stage',
      stageId: world.team.stages.inProgress,
    });
    const [first, second] = await periodsOf(world, id);
    expect(first?.leftAt?.toISOString()).toBe(opening);
    expect(second?.enteredAt.toISOString()).toBe(opening);
  });
});

describe('a stage whose meaning is being changed', () => {
  it.each([
    ['moving', 'move_stage'],
    ['closing', 'close'],
  ] as const)(
    'holds up a ticket that enters it by %s, which is then what the stage is',
    async (_name, kind) => {
      const world = await slaDesk(database);
      const { id } = await submit(world);
      const { inProgress, solved } = world.team.stages;
      const [stageId, category] = kind === 'close' ? [solved, 'open'] : [inProgress, 'closed'];
      const holder = await database.pool.connect();
      try {
        await holder.query('BEGIN');
        await holder.query('SELECT 1 FROM stage WHERE id = $1 FOR UPDATE', [stageId]);
        await holder.query('UPDATE stage SET category = $2 WHERE id = $1', [stageId, category]);
        const entering = decide(world, id, later, { kind, stageId }).catch(({ code }: DomainError) => code);
        await eventually('it waits for the stage', async () => {
          const { rowCount } = await database.pool.query(
            `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          return rowCount !== 0;
        });
        await holder.query('COMMIT');
        expect(await entering).toEqual(
          kind === 'close' ? 'validation_failed' : expect.objectContaining({ stageId, closedAt: later }),
        );
      } finally {
        await holder.query('ROLLBACK');
        holder.release();
      }
    },
  );
});

describe('what is refused', () => {
  it('names the reason, keeps it with the command, and changes nothing else', async () => {
    const world = await slaDesk(database);
    const foreign = await slaDesk(database);
    const second = await team(world);
    const inactive = await user(world);
    await database.prisma.user.updateMany({ where: { id: inactive.id }, data: { active: false } });
    const strangers = await saleOrder(world);
    const { id } = await submit(world);
    const { inProgress } = world.team.stages;
    const attributes = (changes: object) => ({ kind: 'change_attributes', changes }) as const;
    const wrong: [Parameters<typeof decide>[3], object][] = [
      [{ kind: 'move_stage', stageId: newId('stage') }, unknownAt('/stageId')],
      [{ kind: 'move_stage', stageId: second.stages.inProgress }, unknownAt('/stageId')],
      [{ kind: 'move_stage', stageId: foreign.team.stages.inProgress }, unknownAt('/stageId')],
      [
        { kind: 'move_stage', stageId: inProgress, fromStageId: world.team.stages.awaitingCustomer },
        { code: 'stage_changed', details: { state: { stageId: world.team.stages.new, version: 1 } } },
      ],
      [{ kind: 'assign', userId: newId('user') }, unknownAt('/userId')],
      [{ kind: 'assign', userId: foreign.users.agent.id }, unknownAt('/userId')],
      [{ kind: 'assign', userId: inactive.id }, unknownAt('/userId')],
      [{ kind: 'close', stageId: inProgress }, unknownAt('/stageId')],
      [{ kind: 'reopen' }, { code: 'ticket_not_closed' }],
      [attributes({ teamId: foreign.team.id }), unknownAt('/teamId')],
      [attributes({ contactId: await contact(foreign) }), unknownAt('/contactId')],
      [attributes({ saleOrderLineId: strangers.lineId }), unknownAt('/saleOrderLineId')],
    ];
    const before = await rowsOf(database, { except: ['idempotency_key'] });
    for (const [decision, refusal] of wrong) {
      await expect(decide(world, id, later, decision)).rejects.toMatchObject(refusal);
    }
    await expect(decide(world, id, later, { kind: 'close' }, { expectedVersion: 7 })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect(await rowsOf(database, { except: ['idempotency_key'] })).toEqual(before);
    const kept = await database.prisma.idempotencyKey.findMany({ where: { ticketId: id } });
    expect(kept.map(({ status }) => status)).toEqual(kept.map(() => 'refused'));
    expect(kept).toHaveLength(wrong.length + 1);
  });

  it('is everything on a closed or an archived ticket that makes no sense there', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await decide(world, id, later, { kind: 'close' });
    await expect(decide(world, id, later, { kind: 'close' })).rejects.toMatchObject({
      code: 'ticket_already_closed',
    });
    await expect(
      decide(world, id, later, { kind: 'reopen', stageId: world.team.stages.solved }),
    ).rejects.toMatchObject(unknownAt('/stageId'));
    await decide(world, id, later, { kind: 'archive' });
    for (const kind of ['close', 'reopen', 'archive', 'recalculate_sla'] as const) {
      await expect(decide(world, id, later, { kind })).rejects.toMatchObject({ code: 'ticket_archived' });
    }
    await expect(decide(world, newId('ticket'), later, { kind: 'close' })).rejects.toMatchObject({
      code: 'not_found',
    });
    const foreign = await slaDesk(database);
    await expect(decide(foreign, id, later, { kind: 'reopen' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is closing where the team has nowhere to close', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await database.prisma.stage.updateMany({
      where: {
        companyId: world.companyId,
        id: { in: [world.team.stages.solved, world.team.stages.canceled] },
      },
      data: { category: 'paused', cancels: false },
    });
    await expect(decide(world, id, later, { kind: 'close' })).rejects.toMatchObject({
      code: 'no_such_stage_category',
    });
  });
});

describe('one command', () => {
  it('has one effect, sent ten times at once and again', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const command = commandFor();
    const move = () =>
      decide(
        world,
        id,
        later,
        { kind: 'move_stage', stageId: world.team.stages.inProgress },
        { command: { ...command } },
      );
    const answers = [...(await Promise.all(Array.from({ length: 10 }, move))), await move()];
    const bodies = answers.map((answer) => JSON.parse(JSON.stringify(answer)) as unknown);
    for (const body of bodies) expect(body).toEqual(bodies[0]);
    expect((await kindsOf(world, id)).filter((kind) => kind === 'ticket.stage_changed')).toHaveLength(1);
    expect(await periodsOf(world, id)).toHaveLength(2);
  });

  it('that was refused stays refused, also when it would be possible by now', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const command = commandFor();
    const reopen = () => decide(world, id, later, { kind: 'reopen' }, { command: { ...command } });
    await expect(reopen()).rejects.toMatchObject({ code: 'ticket_not_closed' });
    await decide(world, id, later, { kind: 'close' });
    await expect(reopen()).rejects.toMatchObject({
      code: 'ticket_not_closed',
      message: 'Only a closed ticket can be reopened.',
    });
  });

  it('with another request behind it is refused and leaves the first one’s answer', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const command = commandFor();
    await decide(world, id, later, { kind: 'close' }, { command: { ...command } });
    await expect(
      decide(world, id, later, { kind: 'archive' }, { command: { ...command, fingerprint: 'other' } }),
    ).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect(
      await database.prisma.idempotencyKey.findFirst({ where: { commandId: command.commandId } }),
    ).toMatchObject({ status: 'applied' });
  });

  it('that was answered with 202 and changes nothing still tells its ticket', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const command = commandFor();
    await database.prisma.idempotencyKey.create({
      data: {
        companyId: world.companyId,
        commandId: command.commandId,
        fingerprint: command.fingerprint,
        status: 'pending',
        ticketId: id,
      },
    });
    await decide(world, id, later, { kind: 'assign', userId: null }, { command });
    expect(
      await database.prisma.idempotencyKey.findFirst({ where: { commandId: command.commandId } }),
    ).toMatchObject({ status: 'applied', ticketId: id });
  });

  it('wins alone against nine others that saw the same stage', async () => {
    const world = await slaDesk(database);
    const { id, stageId } = await submit(world);
    const { inProgress, awaitingCustomer } = world.team.stages;
    const moves = await Promise.allSettled(
      Array.from({ length: 10 }, (_none, index) =>
        decide(world, id, later, {
          kind: 'move_stage',
          stageId: index % 2 === 0 ? inProgress : awaitingCustomer,
          fromStageId: stageId,
        }),
      ),
    );
    const lost = moves.flatMap((move) => (move.status === 'rejected' ? [move.reason as unknown] : []));
    expect(lost).toHaveLength(9);
    for (const reason of lost) expect(reason).toMatchObject({ code: 'stage_changed' });
  });
});

describe('an operator’s signal', () => {
  it('that is refused stands in the events, once however often it is sent again', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const commandId = newId('command');
    for (let time = 0; time < 3; time++) {
      await expect(
        operate(world, id, { kind: 'reopen', reason: 'why not' }, commandId),
      ).rejects.toMatchObject({ code: 'ticket_not_closed' });
    }
    const refused = await database.prisma.event.findMany({
      where: { ticketId: id, kind: 'ticket.decision_refused' },
    });
    expect(refused).toMatchObject([
      {
        actor: { type: 'operator' },
        reason: 'why not',
        after: { decision: 'reopen', code: 'ticket_not_closed' },
      },
    ]);
  });

  it('that makes no sense stands there too, once', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const signal = { signal: 'moveStage', commandId: newId('command'), refusal: 'send one JSON object' };
    await recordRefusedSignal(contextFor(world), id, signal);
    await recordRefusedSignal(contextFor(world), id, signal);
    expect((await kindsOf(world, id)).filter((kind) => kind === 'ticket.signal_refused')).toHaveLength(1);
  });

  it('is on record also when its texts cannot be stored as they are', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    const signal = { signal: 'a\u0000b\ud83d', commandId: `signal-${newId('request')}`, refusal: 'unknown' };
    await recordRefusedSignal(contextFor(world), id, signal);
    const event = await database.prisma.event.findFirstOrThrow({
      where: { ticketId: id, kind: 'ticket.signal_refused' },
    });
    expect(event.after).toMatchObject({ signal: 'a\ufffdb\ufffd' });
  });

  it('takes billing up again also on an archived ticket, with its reason', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await decide(world, id, later, { kind: 'archive' });
    await operate(world, id, { kind: 'retry_billing', reason: 'mended' });
    const retried = await database.prisma.event.findFirst({
      where: { ticketId: id, kind: 'ticket.billing_retried' },
    });
    expect(retried).toMatchObject({ reason: 'mended', actor: { type: 'operator' } });
  });
});

describe('changing what depends on others', () => {
  it('drops the order line with its customer, and keeps one that the new customer shares', async () => {
    const world = await slaDesk(database);
    const organisationId = await contact(world, { kind: 'organisation' });
    const [ada, bob] = [await contact(world, { organisationId }), await contact(world, { organisationId })];
    const order = await saleOrder(world, { contactId: organisationId });
    const { id } = await submit(world, opening, { contactId: ada, saleOrderLineId: order.lineId });
    const change = (changes: { contactId: string }) =>
      decide(world, id, later, { kind: 'change_attributes', changes });
    expect((await change({ contactId: bob })).saleOrderLineId).toBe(order.lineId);
    expect(await change({ contactId: await contact(world) })).toMatchObject({ saleOrderLineId: null });
  });

  it('enters the new team by the stage of the same name, else of the same kind', async () => {
    const world = await slaDesk(database);
    const same = await team(world);
    const other = await team(world);
    await database.prisma.stage.updateMany({
      where: { companyId: world.companyId, teamId: other.id },
      data: { name: 'Elsewhere' },
    });
    const { id } = await submit(world);
    await decide(world, id, later, { kind: 'move_stage', stageId: world.team.stages.awaitingCustomer });
    const enter = (teamId: string) =>
      decide(world, id, later, { kind: 'change_attributes', changes: { teamId } });
    expect((await enter(same.id)).stageId).toBe(same.stages.awaitingCustomer);
    expect((await enter(other.id)).stageId).toBe(other.stages.awaitingCustomer);
  });

  it('enters a team that has no such stage by its first open one, never by one that closes', async () => {
    const world = await slaDesk(database);
    const other = await team(world);
    const { solved, inProgress, new: opens, canceled } = other.stages;
    await deleteStage(contextFor(world), other.id, other.stages.awaitingCustomer, undefined);
    await orderStages(contextFor(world), other.id, [solved, inProgress, opens, canceled]);
    const { id } = await submit(world);
    await decide(world, id, later, { kind: 'move_stage', stageId: world.team.stages.awaitingCustomer });
    const changes = { teamId: other.id };
    expect(await decide(world, id, later, { kind: 'change_attributes', changes })).toMatchObject({
      stageId: inProgress,
      closedAt: null,
    });
  });

  it('leaves the priorities in the event in the words of the ticket itself', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await decide(world, id, later, { kind: 'change_attributes', changes: { priority: 'urgent' } });
    const event = await database.prisma.event.findFirstOrThrow({
      where: { ticketId: id, kind: 'ticket.attributes_changed' },
    });
    expect(event).toMatchObject({ before: { priority: 'medium' }, after: { priority: 'urgent' } });
  });
});

describe('clocks over a decision', () => {
  it('are cancelled when the ticket is archived, and never come back', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    expect(await decide(world, id, later, { kind: 'archive' })).toMatchObject({
      slaState: 'none',
      nextDeadline: null,
      archivedAt: later,
    });
    expect(await clocksOf(world, id)).toMatchObject([{ status: 'cancelled', deadline: null }]);
  });

  it('go on with what was left after reopening', async () => {
    const world = await slaDesk(database);
    const { id } = await submit(world);
    await decide(world, id, later, { kind: 'close' });
    expect(await clocksOf(world, id)).toMatchObject([{ status: 'reached', reachedAt: later }]);
    await decide(world, id, '2026-03-03T08:00:00Z', { kind: 'reopen' });
    expect(await clocksOf(world, id)).toMatchObject([
      { status: 'running', deadline: '2026-03-03T11:00:00.000Z', reachedAt: null },
    ]);
  });

  it('start over after reopening where the policy says so, once, also within one millisecond', async () => {
    const world = await slaDesk(database, { onReopen: 'restart' });
    const { id } = await submit(world);
    await decide(world, id, later, { kind: 'close' });
    await decide(world, id, later, { kind: 'reopen' });
    await decide(world, id, later, { kind: 'move_stage', stageId: world.team.stages.inProgress });
    expect(await clocksOf(world, id)).toMatchObject([
      { cycle: 1, status: 'reached', reachedAt: later },
      { cycle: 2, status: 'running', startedAt: later, deadline: '2026-03-02T13:00:00.000Z' },
    ]);
    await decide(world, id, '2026-03-02T10:00:00Z', { kind: 'close' });
    await decide(world, id, '2026-03-02T11:00:00Z', { kind: 'reopen' });
    expect((await clocksOf(world, id)).map(({ cycle, status }) => [cycle, status])).toEqual([
      [1, 'reached'],
      [2, 'reached'],
      [3, 'running'],
    ]);
  });
});
