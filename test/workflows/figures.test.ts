import { TestWorkflowEnvironment } from '@temporalio/testing';
import { newId } from '../../services/ids';
import { setUpTemporal } from '../../worker/temporal-setup';
import { desk, timeBody } from '../faults/desk';
import { addresses } from '../support/addresses';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { captureLog } from '../support/logs';
import { testTemporal } from '../support/temporal';
import { runningTicket } from './ticket/ticket-desk';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);

jest.setTimeout(60_000);

/** The sum of a figure over the labels that are named. */
async function figure(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
  const metric = temporal.metrics.getSingleMetric(name);
  if (metric === undefined) throw new Error(`there is no figure ${name}`);
  const { values } = await metric.get();
  return values
    .filter((value) => ('metricName' in value ? value.metricName === `${name}_count` : true))
    .filter((value) =>
      Object.entries(labels).every(
        ([label, wanted]) => (value.labels as Record<string, unknown>)[label] === wanted,
      ),
    )
    .reduce((sum, { value }) => sum + value, 0);
}

const moves = (outcome: string) => figure('keepdesk_activities_total', { activity: 'decideTicket', outcome });

it('the relay counts what it delivers and how long that took', async () => {
  const world = await desk(database);
  const before = await figure('keepdesk_relay_delivered_total');
  await runningTicket(api.client(world.users.agent.token), temporal.client, world.ticketBody);
  expect(await figure('keepdesk_relay_delivered_total')).toBe(before + 1);
  expect(await figure('keepdesk_relay_delivery_seconds')).toBe(before + 1);
  expect(await figure('keepdesk_relay_active')).toBe(1);
  await temporal.stopRelay();
  expect(await figure('keepdesk_relay_active')).toBe(0);
  await temporal.startRelay();
});

it('the worker counts activities that were done, refused and failed', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id } = await runningTicket(agent, temporal.client, world.ticketBody);
  const [done, refused] = [await moves('done'), await moves('refused')];
  const move = { stageId: world.team.stages.inProgress };
  expect((await agent.post(`/v1/tickets/${id}/move`, move)).status).toBe(200);
  expect((await agent.post(`/v1/tickets/${id}/reopen`, {})).status).toBe(409);
  expect([await moves('done'), await moves('refused')]).toEqual([done + 1, refused + 1]);

  await database.pool.query(`
    CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'away' USING ERRCODE = 'too_many_connections'; END $$;
    CREATE TRIGGER away BEFORE INSERT ON slice FOR EACH ROW EXECUTE FUNCTION away()`);
  try {
    expect((await agent.post('/v1/timesheets', timeBody(id))).status).toBe(201);
    await eventually(
      'a failed attempt is counted',
      async () =>
        (await figure('keepdesk_activities_total', { activity: 'applyTimesheet', outcome: 'failed' })) > 0,
    );
  } finally {
    await database.pool.query('DROP FUNCTION away CASCADE');
  }
  await temporal.settled();
});

it('a sweep counts what it finds', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  await runningTicket(agent, temporal.client, world.ticketBody);
  await temporal.stopRelay();
  const { body: waiting } = await agent.post<{ id: string }>('/v1/tickets', world.ticketBody);
  await database.pool.query(`UPDATE job SET created_at = now() - interval '2 minutes' WHERE ticket_id = $1`, [
    waiting.id,
  ]);
  const sweeps = await figure('keepdesk_reconcile_sweeps_total');
  await temporal.client.workflow.execute('reconcile', {
    workflowId: `reconcile-${newId('request')}`,
    taskQueue: temporal.taskQueue,
    args: [],
  });
  await temporal.startRelay();
  expect(await figure('keepdesk_reconcile_sweeps_total')).toBe(sweeps + 1);
  expect(await figure('keepdesk_reconcile_findings_total', { kind: 'staleJobs' })).toBe(1);
  await temporal.settled();
});

it('a decision can be followed from the request’s line to the activity’s by request, command and ticket', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id } = await runningTicket(agent, temporal.client, world.ticketBody);
  const answer = await agent.post(
    `/v1/tickets/${id}/move`,
    { stageId: world.team.stages.inProgress },
    { headers: { 'X-Request-Id': 'follow-this-one' } },
  );
  expect(answer.headers.get('x-request-id')).toBe('follow-this-one');
  const request = await eventually('the request’s line', () =>
    Promise.resolve(api.log.lines().find((line) => line['requestId'] === 'follow-this-one')),
  );
  const ids = {
    requestId: 'follow-this-one',
    companyId: world.companyId,
    ticketId: id,
    workflowId: `ticket-${id}`,
    commandId: expect.stringMatching(/^cmd_/),
  };
  expect(request).toMatchObject({ ...ids, userId: world.users.agent.id, status: 200 });
  const activity = temporal.log.lines().find((line) => line['requestId'] === 'follow-this-one');
  expect(activity).toMatchObject({
    ...ids,
    commandId: request['commandId'],
    activity: 'decideTicket',
    outcome: 'done',
  });
  const event = await database.prisma.event.findFirstOrThrow({ where: { requestId: 'follow-this-one' } });
  expect(event.commandId).toBe(request['commandId']);
  const delivered = temporal.log
    .lines()
    .find((line) => line['msg'] === 'delivered' && line['ticketId'] === id);
  expect(delivered).toMatchObject({ companyId: world.companyId, workflowId: `ticket-${id}` });
});

it('a worker that may not see search attributes or make the schedule says what is needed and goes on', async () => {
  // The time-skipping server refuses both calls for real.
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: addresses.timeSkippingServerBinary.get() } },
  });
  const log = captureLog();
  try {
    await setUpTemporal(environment.client, {
      namespace: 'default',
      taskQueue: temporal.taskQueue,
      reconcileEverySeconds: 60,
      logger: log.logger,
    });
  } finally {
    await environment.teardown();
  }
  expect(log.lines()).toEqual([
    expect.objectContaining({
      msg: expect.stringContaining('does not let this worker see or make search attributes'),
      needed: expect.stringContaining('NeedsOperator (BOOL)'),
    }),
    expect.objectContaining({ msg: expect.stringContaining('reconcile schedule') }),
  ]);
});
