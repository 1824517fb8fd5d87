import type { ReconcileReport } from '../../../domain/shared/reconcile-report';
import { reconcileScheduleId, setUpTemporal } from '../../../worker/temporal-setup';
import { desk } from '../../faults/desk';
import { testApi } from '../../support/api-client';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { saveHistory } from '../../support/saved-history';
import { testTemporal } from '../../support/temporal';
import { runningTicket } from '../ticket/ticket-desk';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);

jest.setTimeout(60_000);

const schedule = () => temporal.client.schedule.getHandle(reconcileScheduleId);

const setUp = (reconcileEverySeconds: number) =>
  setUpTemporal(temporal.client, {
    namespace: 'default',
    taskQueue: temporal.taskQueue,
    reconcileEverySeconds,
    logger: temporal.log.logger,
  });

afterAll(async () => {
  await schedule()
    .delete()
    .catch(() => undefined);
});

it('is registered by every worker that starts, several at once too, and stays paused when an operator paused it', async () => {
  await Promise.all(Array.from({ length: 4 }, () => setUp(3_600)));
  await setUp(1_800);
  expect((await schedule().describe()).spec.intervals).toMatchObject([{ every: 1_800_000 }]);
  await schedule().pause('by an operator');
  await setUp(3_600);
  const described = await schedule().describe();
  expect(described.state.paused).toBe(true);
  expect(described.spec.intervals).toMatchObject([{ every: 3_600_000 }]);
  const ids: string[] = [];
  for await (const { scheduleId } of temporal.client.schedule.list()) ids.push(scheduleId);
  expect(ids.filter((id) => id === reconcileScheduleId)).toHaveLength(1);
});

it('sweeps for real: it starts the workflow of a ticket that has none, and the next sweep finds nothing', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
  await handle.terminate('by hand');
  await database.pool.query(`UPDATE ticket SET updated_at = now() - interval '10 minutes' WHERE id = $1`, [
    id,
  ]);
  await setUp(3_600);
  const sweepOnce = async (): Promise<ReconcileReport> => {
    const known = (await schedule().describe()).info.numActionsTaken;
    await schedule().trigger();
    const workflowId = await eventually('the sweep was started', async () => {
      const { info } = await schedule().describe();
      const last = info.recentActions.at(-1)?.action.workflow.workflowId;
      return info.numActionsTaken > known ? last : undefined;
    });
    const run = temporal.client.workflow.getHandle(workflowId);
    const report = (await run.result()) as ReconcileReport;
    await saveHistory('reconcile', run);
    return report;
  };

  expect((await sweepOnce()).ticketsWithoutWorkflow).toBe(1);
  await eventually(
    'the workflow runs again',
    async () => (await handle.describe()).status.name === 'RUNNING',
  );
  await temporal.settled();
  await eventually('the next sweep finds nothing', async () =>
    Object.values(await sweepOnce()).every((count) => count === 0),
  );
});
