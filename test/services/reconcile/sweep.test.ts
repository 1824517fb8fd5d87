import { newId } from '../../../services/ids';
import { createInvoiceRun } from '../../../services/invoicing/create-invoice-run';
import { sweep, type WorkflowInventory } from '../../../services/reconcile/sweep';
import { createTicket } from '../../../services/tickets/create-ticket';
import { logTime } from '../../../services/timesheets/log-time';
import { type Desk, desk } from '../../faults/desk';
import { testDatabase } from '../../support/database';
import { contextFor, ticket } from '../../support/factories';

const database = testDatabase();

interface Told {
  running: string[];
  ended: string[];
  startedRuns: string[];
}

/** What Temporal would answer, as the test sets it; the workflows' tests ask a real server. */
function inventoryOf(told: Told): WorkflowInventory {
  return {
    ticketsEndedAbnormally: () => Promise.resolve(told.ended),
    countRunningTickets: () => Promise.resolve(told.running.length),
    async *runningTickets() {
      yield* told.running;
    },
    startInvoiceRun: ({ runId }) => {
      told.startedRuns.push(runId);
      return Promise.resolve();
    },
  };
}

const sweepWith = (told: Told, thorough = false) =>
  sweep({ database, inventory: inventoryOf(told), now: new Date(), lookBackSeconds: 600, thorough });

/** Everything of the database happened that long ago. */
async function age(minutes: number): Promise<void> {
  for (const table of [
    'ticket',
    'job',
    'timesheet_entry',
    'invoice_run',
    'idempotency_key',
    'invoice_run_order',
  ]) {
    const columns = await database.pool.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns
        WHERE table_name = $1 AND data_type = 'timestamp with time zone'`,
      [table],
    );
    const changes = columns.rows.map(({ name }) => `${name} = ${name} - make_interval(mins => ${minutes})`);
    await database.pool.query(`UPDATE ${table} SET ${changes.join(', ')}`);
  }
}

const timeOn = (ticketId: string) => ({
  ticketId,
  date: '2026-11-23',
  minutes: 30,
  description: '',
  billable: true,
});

const ticketOf = async (world: Desk): Promise<string> =>
  (
    await createTicket(contextFor(world, { role: 'agent' }), {
      teamId: world.team.id,
      subject: 'Lost',
      contactId: world.personId,
    })
  ).id;

const jobsOf = async (ticketId: string): Promise<string[]> =>
  (await database.prisma.job.findMany({ where: { ticketId }, orderBy: { position: 'asc' } })).map(
    ({ kind }) => kind,
  );

it('finds nothing where nothing is amiss', async () => {
  const world = await desk(database);
  const ticketId = await ticketOf(world);
  const report = await sweepWith({ running: [ticketId], ended: [], startedRuns: [] }, true);
  expect(Object.values(report).every((count) => count === 0)).toBe(true);
});

it('sends each kind of leftover on its way again, once', async () => {
  const world = await desk(database);
  const withoutWorkflow = await ticketOf(world);
  const terminated = await ticketOf(world);
  const overdue = await ticketOf(world);
  const unbilled = await ticketOf(world);
  const entry = await logTime(contextFor(world, { role: 'agent' }), timeOn(unbilled));
  const run = await createInvoiceRun(contextFor(world, { role: 'finance' }), { filter: {} });
  const commandId = newId('command');
  await database.prisma.idempotencyKey.create({
    data: {
      companyId: world.companyId,
      commandId,
      fingerprint: 'f',
      status: 'pending',
      ticketId: terminated,
    },
  });
  await database.prisma.job.deleteMany({});
  await age(10);
  await database.prisma.ticket.updateMany({ where: { id: { not: overdue } }, data: { nextWakeAt: null } });
  await database.prisma.ticket.updateMany({
    where: { id: overdue },
    data: { nextWakeAt: new Date(Date.now() - 60_000) },
  });
  const others = await database.prisma.ticket.findMany({
    where: { id: { notIn: [withoutWorkflow, terminated] } },
  });
  const told: Told = { running: others.map(({ id }) => id), ended: [terminated], startedRuns: [] };

  const report = await sweepWith(told);

  expect(report).toEqual({
    staleJobs: 0,
    ticketsWithoutWorkflow: 2,
    overdueClocks: 1,
    outdatedClocks: 0,
    unbilledEntries: 1,
    staleInvoiceRuns: 1,
    lostDecisions: 1,
    ledgerFindings: 0,
  });
  expect(await jobsOf(withoutWorkflow)).toEqual(['clocks_changed']);
  expect(await jobsOf(terminated)).toEqual(['clocks_changed']);
  expect(await jobsOf(overdue)).toEqual(['clocks_changed']);
  expect(await database.prisma.job.findFirst({ where: { ticketId: unbilled } })).toMatchObject({
    kind: 'timesheet_changed',
    reference: { entryId: entry.id, version: 1 },
  });
  expect(told.startedRuns).toEqual([run.id]);
  expect(await database.prisma.idempotencyKey.findFirst({ where: { commandId } })).toMatchObject({
    status: 'refused',
    result: { code: 'decision_lost' },
  });

  await sweepWith(told);
  for (const ticketId of [withoutWorkflow, terminated, overdue, unbilled]) {
    expect(await jobsOf(ticketId)).toHaveLength(1);
  }
});

it('counts jobs that nobody takes, and contradictions in the ledger', async () => {
  const world = await desk(database);
  const ticketId = await ticketOf(world);
  await age(5);
  const told: Told = { running: [ticketId], ended: [], startedRuns: [] };
  const before = await sweepWith(told, true);
  await database.prisma.saleOrderLine.updateMany({
    where: { id: world.order.lineId },
    data: { deliveredMinutes: 7 },
  });
  const report = await sweepWith(told, true);
  expect(before.staleJobs).toBeGreaterThan(0);
  expect(report.ledgerFindings).toBe(before.ledgerFindings + 1);
});

it('forgets idempotency keys after thirty days, not before', async () => {
  const world = await desk(database);
  const make = (days: number) =>
    database.prisma.idempotencyKey.create({
      data: {
        companyId: world.companyId,
        commandId: newId('command'),
        fingerprint: 'f',
        status: 'applied',
        createdAt: new Date(Date.now() - days * 86_400_000),
      },
    });
  const [old, young] = [await make(31), await make(29)];
  await sweepWith({ running: [], ended: [], startedRuns: [] }, true);
  const left = await database.prisma.idempotencyKey.findMany({ where: { companyId: world.companyId } });
  expect(left.map(({ commandId }) => commandId)).toEqual([young.commandId]);
  expect(old.commandId).not.toBe(young.commandId);
});

it('keeps the keys of a ticket as long as its workflow may be reset, however old they are', async () => {
  const world = await desk(database);
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
  const kept = new Set<string>();
  const make = async (isKept: boolean, days: number, state: object = {}): Promise<string> => {
    const { id: ticketId } = await ticket(world, world.team, { createdAt: ago(200) });
    await database.prisma.ticket.updateMany({ where: { id: ticketId }, data: state });
    const commandId = newId('command');
    const { companyId } = world;
    const key = { companyId, commandId, fingerprint: 'f', status: 'refused', ticketId, createdAt: ago(days) };
    await database.prisma.idempotencyKey.create({ data: key });
    if (isKept) kept.add(commandId);
    return ticketId;
  };
  await make(true, 100);
  await make(true, 31, { closedAt: ago(29) });
  await make(true, 31, { closedAt: ago(40), archivedAt: ago(29) });
  await make(false, 31, { closedAt: ago(31) });
  await make(false, 31, { archivedAt: ago(31) });
  const owing = await make(true, 100, { closedAt: ago(31) });
  await logTime(contextFor(world, { role: 'agent' }), timeOn(owing));

  await sweepWith({ running: [], ended: [], startedRuns: [] }, true);

  const left = await database.prisma.idempotencyKey.findMany({
    where: { companyId: world.companyId, status: 'refused' },
  });
  expect(new Set(left.map(({ commandId }) => commandId))).toEqual(kept);
});

it('forgets a login thirty days after it ended, not before', async () => {
  const world = await desk(database);
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
  const make = async (name: string, expiresAt: Date, revokedAt: Date | null = null): Promise<string> => {
    const { id } = await database.prisma.session.create({
      data: {
        companyId: world.companyId,
        id: newId('session'),
        userId: world.users.agent.id,
        tokenHash: Uint8Array.from(Buffer.from(`${world.companyId} ${name}`)),
        expiresAt,
        revokedAt,
      },
    });
    return id;
  };
  const gone = [await make('expired', ago(31)), await make('revoked', ago(-1), ago(31))];
  const kept = [await make('lately', ago(29)), await make('valid', ago(-1))];
  await sweepWith({ running: [], ended: [], startedRuns: [] }, true);
  const left = (await database.prisma.session.findMany({ where: { companyId: world.companyId } })).map(
    ({ id }) => id,
  );
  expect(left).toEqual(expect.arrayContaining(kept));
  expect(left.filter((id) => gone.includes(id))).toEqual([]);
});
