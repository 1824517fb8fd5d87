import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { Registry } from 'prom-client';
import { openGateways } from '../../api/gateway/open-gateways';
import { readEnvironment } from '../../config/env';
import { createWorker } from '../../worker/create-worker';
import { createRelayMetrics, createWorkerMetrics } from '../../worker/metrics';
import { type Relay, startRelay } from '../../worker/relay';
import { installTemporalRuntime } from '../../worker/temporal-runtime';
import { createWorkflowInventory } from '../../worker/workflow-inventory';
import { addresses } from './addresses';
import type { TestApiOptions } from './api-client';
import type { TestDatabase } from './database';
import { type CapturedLog, captureLog } from './logs';
import { testRelayPollMs } from './processes';
import { unsettled } from './settled';

export interface TestTemporal {
  /** Of the run's server; usable inside hooks and tests. */
  readonly client: Client;
  /** This file's own; other files' workers do not see it. */
  readonly taskQueue: string;
  /** What worker, relay and activities have logged. */
  readonly log: CapturedLog;
  /** What worker and relay have counted. */
  readonly metrics: Registry;
  /** For `testApi(database, temporal.api)`: decisions then go through the real workflows. */
  readonly api: TestApiOptions;
  /** Waits until the outbox is empty and everything logged or requested has had its effect. */
  settled(): Promise<void>;
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  stopRelay(): Promise<void>;
  startRelay(): Promise<void>;
}

const settleLimitMs = 20_000;

/**
 * The real thing for the calling test file: a worker with the run's bundle and a relay, over the file's database,
 * on a task queue of its own. Call it once at the top of the file, after `testDatabase()`.
 */
export function testTemporal(
  database: TestDatabase,
  options: { readonly environment?: Readonly<Record<string, string>> } = {},
): TestTemporal {
  const taskQueue = `test-${process.pid}-${randomBytes(4).toString('hex')}`;
  const log = captureLog();
  const metrics = new Registry();
  let connection: Connection | undefined;
  let native: NativeConnection | undefined;
  let worker: { readonly worker: Worker; readonly ended: Promise<void> } | undefined;
  let relay: Relay | undefined;

  const workerMetrics = createWorkerMetrics(metrics);
  const relayMetrics = createRelayMetrics(metrics, () => relay?.active() ?? false);

  const client = (): Client => {
    if (connection === undefined) throw new Error('Temporal is there only inside hooks and tests');
    return new Client({ connection, namespace: 'default' });
  };
  const temporal: TestTemporal = {
    get client() {
      return client();
    },
    taskQueue,
    log,
    metrics,
    api: {
      gateways: () => {
        const environment = readEnvironment({
          DATABASE_URL: database.url,
          TEMPORAL_ADDRESS: addresses.temporal.get(),
          TEMPORAL_UI_URL: addresses.temporalUi.get(),
          TEMPORAL_TASK_QUEUE: taskQueue,
          ...options.environment,
        });
        return Promise.resolve(openGateways(environment));
      },
    },
    async settled() {
      const deadline = Date.now() + settleLimitMs;
      for (;;) {
        const pending = await unsettled(database);
        if (pending.length === 0) return;
        if (Date.now() > deadline) throw new Error(`still pending: ${pending.join(', ')}`);
        await delay(25);
      }
    },
    async startWorker() {
      if (worker !== undefined || native === undefined) return;
      const started = await createWorker({
        connection: native,
        namespace: 'default',
        taskQueue,
        bundlePath: addresses.workflowBundle.get(),
        database,
        identity: `test ${taskQueue}`,
        poolSize: 6,
        shutdownSeconds: 2,
        reconcile: { inventory: createWorkflowInventory(client(), taskQueue), everySeconds: 60 },
        logger: log.logger,
        metrics: workerMetrics,
      });
      worker = { worker: started, ended: started.run() };
    },
    async stopWorker() {
      const stopping = worker;
      worker = undefined;
      stopping?.worker.shutdown();
      await stopping?.ended;
    },
    startRelay() {
      relay ??= startRelay({
        database,
        client: client(),
        taskQueue,
        pollMs: testRelayPollMs,
        logger: log.logger,
        metrics: relayMetrics,
      });
      return Promise.resolve();
    },
    async stopRelay() {
      const stopping = relay;
      relay = undefined;
      await stopping?.stop();
    },
  };

  beforeAll(async () => {
    installTemporalRuntime(log.logger);
    const address = addresses.temporal.get();
    native = await NativeConnection.connect({ address });
    connection = await Connection.connect({ address });
    await temporal.startWorker();
    await temporal.startRelay();
    database.beforeClose(async () => {
      await temporal.stopRelay();
      await temporal.stopWorker();
      await connection?.close();
      await native?.close();
    });
  }, 60_000);

  return temporal;
}
