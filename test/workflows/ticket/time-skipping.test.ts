import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Worker } from '@temporalio/worker';
import { Registry } from 'prom-client';
import { createTicket } from '../../../services/tickets/create-ticket';
import { createWorker } from '../../../worker/create-worker';
import { createWorkerMetrics } from '../../../worker/metrics';
import { installTemporalRuntime } from '../../../worker/temporal-runtime';
import { indexedTypesOf } from '../../../worker/temporal-setup';
import { createWorkflowInventory } from '../../../worker/workflow-inventory';
import { searchAttributes } from '../../../workflows/search-attributes';
import { ticketWorkflowId } from '../../../workflows/ticket/ids';
import { moveStageSignal, statusQuery, type TicketStatus } from '../../../workflows/ticket/messages';
import { addresses } from '../../support/addresses';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { company, contextFor, slaPolicy, team, type World } from '../../support/factories';
import { captureLog } from '../../support/logs';

/** Real workflows, activities and PostgreSQL; only the server's clock runs ahead. */
const database = testDatabase();
const taskQueue = 'time-skipping';
const hour = 3_600_000;
let environment: TestWorkflowEnvironment;
let worker: Worker;
let running: Promise<void>;

jest.setTimeout(60_000);

beforeAll(async () => {
  const { logger } = captureLog();
  installTemporalRuntime(logger);
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: addresses.timeSkippingServerBinary.get() } },
  });
  // This server can add search attributes, not list them.
  await environment.client.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: indexedTypesOf(Object.values(searchAttributes)),
  });
  worker = await createWorker({
    connection: environment.nativeConnection,
    namespace: 'default',
    taskQueue,
    bundlePath: addresses.workflowBundle.get(),
    database,
    identity: 'time-skipping',
    poolSize: 4,
    shutdownSeconds: 2,
    reconcile: { inventory: createWorkflowInventory(environment.client, taskQueue), everySeconds: 60 },
    logger,
    metrics: createWorkerMetrics(new Registry()),
  });
  running = worker.run();
  database.beforeClose(async () => {
    worker.shutdown();
    await running;
    await environment.teardown();
  });
}, 60_000);

async function startTicket(world: World, targetMinutes: number, calendarId: string) {
  const ownTeam = await team(world, { calendarId });
  await slaPolicy(world, ownTeam, { targetMinutes });
  const createdAt = new Date(await environment.currentTimeMs());
  const context = { ...contextFor(world, { role: 'agent' }), now: () => createdAt };
  const ticket = await createTicket(context, { teamId: ownTeam.id, subject: 'Over time' });
  const handle = await environment.client.workflow.start('ticket', {
    workflowId: ticketWorkflowId(ticket.id),
    taskQueue,
    args: [{ v: 1, companyId: world.companyId, ticketId: ticket.id }],
  });
  return { id: ticket.id, team: ownTeam, handle, createdAtMs: createdAt.getTime() };
}

const clockOf = (ticketId: string) => database.prisma.slaClock.findFirstOrThrow({ where: { ticketId } });

it('warns at 80 % and breaches at the deadline while the ticket sleeps', async () => {
  const world = await company(database);
  const { id, createdAtMs } = await startTicket(world, 10 * 60, world.alwaysCalendarId);

  await environment.sleep(7.9 * hour);
  expect((await clockOf(id)).atRiskObservedAt).toBeNull();
  await environment.sleep(0.2 * hour);
  const warned = await eventually('the warning', async () => {
    const clock = await clockOf(id);
    return clock.atRiskObservedAt === null ? undefined : clock;
  });
  expect(warned.atRiskAt?.getTime()).toBe(createdAtMs + 8 * hour);
  expect(warned.atRiskObservedAt?.getTime()).toBeGreaterThanOrEqual(createdAtMs + 8 * hour);
  expect(warned.status).toBe('running');

  await environment.sleep(2 * hour);
  const breached = await eventually('the breach', async () => {
    const clock = await clockOf(id);
    return clock.status === 'breached' ? clock : undefined;
  });
  expect(breached.breachedAt?.getTime()).toBe(createdAtMs + 10 * hour);
  expect((breached.observedAt?.getTime() ?? 0) - createdAtMs - 10 * hour).toBeLessThan(60_000);
});

it('does not count a pause, however long, and warns and breaches later by just that', async () => {
  const world = await company(database);
  const {
    id,
    team: ownTeam,
    handle,
    createdAtMs,
  } = await startTicket(world, 10 * 60, world.alwaysCalendarId);
  const moveTo = async (stageId: string, stage: string): Promise<void> => {
    await handle.signal(moveStageSignal, { stageId });
    await eventually(`the ticket is in ${stage}`, async () => {
      const status = await handle.query<TicketStatus>(statusQuery);
      return status.stage === stage && status.pendingDecisions === 0;
    });
  };

  await environment.sleep(hour);
  await moveTo(ownTeam.stages.awaitingCustomer, 'Awaiting Customer');
  expect(await clockOf(id)).toMatchObject({ status: 'paused', deadline: null });
  await environment.sleep(72 * hour);
  await moveTo(ownTeam.stages.inProgress, 'In Progress');

  const resumed = await clockOf(id);
  const [, paused] = await database.prisma.ticketStagePeriod.findMany({
    where: { ticketId: id },
    orderBy: { sequence: 'asc' },
  });
  const pauseMs = (paused?.leftAt?.getTime() ?? 0) - (paused?.enteredAt.getTime() ?? 0);
  expect(pauseMs).toBeGreaterThanOrEqual(72 * hour);
  expect(resumed).toMatchObject({ status: 'running', breachedAt: null });
  expect(resumed.deadline?.getTime()).toBe(createdAtMs + 10 * hour + pauseMs);

  await environment.sleep(10 * hour);
  const breached = await eventually('the breach', async () => {
    const clock = await clockOf(id);
    return clock.status === 'breached' ? clock : undefined;
  });
  expect(breached.breachedAt?.getTime()).toBe(createdAtMs + 10 * hour + pauseMs);
});

it('sleeps over nights and weekends: two weeks of office hours take two weeks', async () => {
  const world = await company(database);
  const { id } = await startTicket(world, 80 * 60, world.officeCalendarId);
  const { deadline } = await clockOf(id);
  const now = await environment.currentTimeMs();
  const daysAhead = ((deadline?.getTime() ?? 0) - now) / (24 * hour);
  expect(daysAhead).toBeGreaterThan(11);
  await environment.sleep((deadline?.getTime() ?? 0) - now - hour / 60);
  expect((await clockOf(id)).status).toBe('running');
  await environment.sleep(hour / 30);
  const breached = await eventually('the breach', async () => {
    const clock = await clockOf(id);
    return clock.status === 'breached' ? clock : undefined;
  });
  expect(breached.breachedAt).toEqual(deadline);
});
