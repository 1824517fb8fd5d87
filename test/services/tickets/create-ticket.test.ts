import { newId } from '../../../services/ids';
import { orderStages } from '../../../services/teams/order-stages';
import { updateTeam } from '../../../services/teams/update-team';
import { createTicket } from '../../../services/tickets/create-ticket';
import { testDatabase } from '../../support/database';
import {
  commandFor,
  company,
  contact,
  contextFor,
  saleOrder,
  slaPolicy,
  team,
  uniqueEmail,
  user,
} from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { at, clocksOf, kindsOf, opening, slaDesk, submit } from '../sla/sla-desk';

const database = testDatabase();

const tenTimes = <Value>(run: (index: number) => Promise<Value>): Promise<Value[]> =>
  Promise.all(Array.from({ length: 10 }, (_none, index) => run(index)));

const refusedAt = (pointer: string, code = 'unknown_reference') => ({
  code: 'validation_failed',
  details: { fields: [{ pointer, code }] },
});

describe('a submitted ticket', () => {
  it('is committed with its stage, its clock and the reason of it, its events and one job', async () => {
    const world = await slaDesk(database);
    const context = at(world, opening);
    const created = await createTicket(context, { teamId: world.team.id, subject: 'Hello' });

    expect(created).toMatchObject({
      number: 1,
      reference: '#00001',
      stageId: world.team.stages.new,
      slaState: 'on_track',
      nextDeadline: '2026-03-02T12:00:00.000Z',
      createdAt: opening,
    });
    const where = { companyId: world.companyId, ticketId: created.id };
    expect(await database.prisma.ticketStagePeriod.findMany({ where })).toMatchObject([
      { sequence: 1, stageId: world.team.stages.new, leftAt: null, enteredBy: context.actor },
    ]);
    expect(await clocksOf(world, created.id)).toMatchObject([{ status: 'running', startedAt: opening }]);
    expect(
      await database.prisma.slaClockChange.findMany({ where: { companyId: world.companyId } }),
    ).toMatchObject([{ cause: 'ticket_created', sequence: 1, statusAfter: 'running' }]);
    expect(await kindsOf(world, created.id)).toEqual(['ticket.created', 'sla.clock_started']);
    expect(await database.prisma.job.findMany({ where })).toMatchObject([
      { kind: 'ticket_created', attempts: 0 },
    ]);
  });

  it('has a number of its own in its company, also among ten at once', async () => {
    const world = await slaDesk(database);
    const numbers = (await tenTimes(() => submit(world))).map(({ number }) => number);
    expect(numbers.toSorted((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const other = await slaDesk(database);
    expect((await submit(other)).number).toBe(1);
  });

  it('is the same ticket for the same command, ten times at once and later; another body is refused', async () => {
    const world = await slaDesk(database);
    const command = commandFor();
    const draft = { teamId: world.team.id, subject: 'Once', contact: { name: 'Ada', email: uniqueEmail() } };
    const ask = (fingerprint = command.fingerprint) =>
      createTicket(contextFor(world, { command: { ...command, fingerprint } }), draft);
    const answers = [...(await tenTimes(() => ask())), await ask()];
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await expect(ask('another body')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    const where = { companyId: world.companyId };
    expect(await database.prisma.ticket.count({ where })).toBe(1);
    expect(await database.prisma.contact.count({ where })).toBe(1);
    expect(await database.prisma.job.count({ where })).toBe(1);
  });
});

describe('the person who submits', () => {
  it('is found by the address, or made once by ten who write at the same instant', async () => {
    const world = await slaDesk(database);
    const email = uniqueEmail();
    const tickets = await tenTimes((index) =>
      submit(world, opening, { contact: { name: `Ada ${index}`, email } }),
    );
    const people = await database.prisma.contact.findMany({ where: { companyId: world.companyId } });
    expect(people).toHaveLength(1);
    expect(new Set(tickets.map(({ contactId }) => contactId))).toEqual(new Set([people[0]?.id]));
    const made = await database.prisma.event.findMany({
      where: { companyId: world.companyId, kind: 'contact.created' },
    });
    expect(made.map(({ subjectId }) => subjectId)).toEqual([people[0]?.id]);
    expect((await submit(world, opening, { contact: { name: 'Later', email } })).contactId).toBe(
      people[0]?.id,
    );
  });
});

describe('rules that changed since they were last read', () => {
  it('are read again: a policy, a calendar, the order of stages', async () => {
    const world = await slaDesk(database);
    await submit(world);
    await slaPolicy(world, world.team, { targetMinutes: 60 });
    expect((await submit(world)).nextDeadline).toBe('2026-03-02T09:00:00.000Z');

    await updateTeam(contextFor(world), world.team.id, { calendarId: world.alwaysCalendarId }, undefined);
    expect((await submit(world, '2026-03-01T00:00:00Z')).nextDeadline).toBe('2026-03-01T01:00:00.000Z');

    const { inProgress } = world.team.stages;
    await database.prisma.stage.update({
      where: { companyId_id: { companyId: world.companyId, id: inProgress } },
      data: { position: 0 },
    });
    expect((await submit(world)).stageId).toBe(inProgress);
  });

  it('hold up a ticket while they are being changed, and time it', async () => {
    const world = await slaDesk(database);
    await submit(world);
    const changing = await database.pool.connect();
    try {
      await changing.query('BEGIN');
      await changing.query('UPDATE team SET sla_enabled = false WHERE id = $1', [world.team.id]);
      const created = submit(world);
      for (;;) {
        const { rowCount } = await database.pool.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        if (rowCount !== 0) break;
      }
      await changing.query('COMMIT');
      expect((await created).slaState).toBe('none');
    } finally {
      changing.release();
    }
  });
});

describe('the order line', () => {
  it('is the customer’s newest pack with time left, where the team bills time', async () => {
    const world = await slaDesk(database);
    const organisationId = await contact(world, { kind: 'organisation' });
    const contactId = await contact(world, { organisationId });
    const pack = { contactId: organisationId, invoicing: 'prepaid' } as const;
    const older = await saleOrder(world, pack);
    const newer = await saleOrder(world, pack);
    await saleOrder(world, { ...pack, status: 'draft' });
    await saleOrder(world, { invoicing: 'prepaid' });
    expect((await submit(world, opening, { contactId })).saleOrderLineId).toBe(newer.lineId);

    await database.prisma.saleOrderLine.updateMany({
      where: { id: newer.lineId },
      data: { deliveredMinutes: 600 },
    });
    expect((await submit(world, opening, { contactId })).saleOrderLineId).toBe(older.lineId);
    expect((await submit(world)).saleOrderLineId).toBeNull();
    const unbilled = await team(world, { timesheets: false });
    expect((await submit(world, opening, { contactId, teamId: unbilled.id })).saleOrderLineId).toBeNull();
  });
});

describe('what a ticket refers to', () => {
  it('is refused when it is unknown, another company’s or not to be used, and nothing is written', async () => {
    const world = await slaDesk(database);
    const foreign = await slaDesk(database);
    const contactId = await contact(world);
    const foreignContact = await contact(foreign);
    const strangers = await saleOrder(world);
    const draft = await saleOrder(world, { contactId, status: 'draft' });
    const before = await rowsOf(database);

    const wrong: [Parameters<typeof submit>[2], ReturnType<typeof refusedAt>][] = [
      [{ teamId: newId('team') }, refusedAt('/teamId')],
      [{ teamId: foreign.team.id }, refusedAt('/teamId')],
      [{ contactId: newId('contact') }, refusedAt('/contactId')],
      [{ contactId: foreignContact }, refusedAt('/contactId')],
      [{ contactId, saleOrderLineId: newId('saleOrderLine') }, refusedAt('/saleOrderLineId')],
      [{ contactId, saleOrderLineId: strangers.lineId }, refusedAt('/saleOrderLineId')],
      [{ contactId, saleOrderLineId: draft.lineId }, refusedAt('/saleOrderLineId')],
      [{ saleOrderLineId: strangers.lineId }, refusedAt('/saleOrderLineId')],
    ];
    for (const [changes, refusal] of wrong) {
      await expect(submit(world, opening, changes)).rejects.toMatchObject(refusal);
    }
    expect(await rowsOf(database)).toEqual(before);
  });

  it('does not show a private team to who is not of it', async () => {
    const world = await company(database);
    const member = await user(world);
    const secret = await team(world, { visibility: 'private', memberIds: [member.id] });
    const draft = { teamId: secret.id, subject: 'Hidden' };
    await expect(createTicket(contextFor(world, { role: 'agent' }), draft)).rejects.toMatchObject(
      refusedAt('/teamId'),
    );
    const mine = contextFor(world, { role: 'agent', userId: member.id });
    expect((await createTicket(mine, draft)).teamId).toBe(secret.id);
  });

  it('starts in the first open stage, also where closed and paused ones come first', async () => {
    const world = await slaDesk(database);
    const { new: first, inProgress, awaitingCustomer, solved, canceled } = world.team.stages;
    await orderStages(contextFor(world), world.team.id, [
      solved,
      awaitingCustomer,
      inProgress,
      first,
      canceled,
    ]);
    expect(await submit(world)).toMatchObject({
      stageId: inProgress,
      stageCategory: 'open',
      closedAt: null,
    });
  });

  it('is refused in a team without a stage to start in', async () => {
    const world = await slaDesk(database);
    const id = newId('team');
    await database.prisma.team.create({
      data: {
        companyId: world.companyId,
        id,
        name: 'Empty',
        visibility: 'internal',
        calendarId: world.officeCalendarId,
      },
    });
    await expect(submit(world, opening, { teamId: id })).rejects.toMatchObject(
      refusedAt('/teamId', 'team_without_stages'),
    );
  });
});
