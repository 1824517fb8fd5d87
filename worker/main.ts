import '../config/compile-cache';

import { flushCompileCache } from 'node:module';
import { hostname } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { readEnvironment } from '../config/env';
import { createProcessRegistry } from '../config/metrics';
import { temporalConnection } from '../config/temporal';
import { openDatabase } from '../prisma/client';
import { defaultBundlePath, requireBundle } from './build-bundle';
import { createWorker } from './create-worker';
import { createLogger } from './logger';
import { createWorkerMetrics } from './metrics';
import { serveMetrics } from './metrics-server';
import { onShutdown } from './shutdown';
import { endWithSentence } from './start-failure';
import { installTemporalRuntime } from './temporal-runtime';
import { setUpTemporal } from './temporal-setup';
import { createWorkflowInventory } from './workflow-inventory';

/** The worker process: runs workflows and activities until it is told to stop, then finishes what it holds. */
async function main(): Promise<void> {
  const environment = readEnvironment();
  requireBundle(defaultBundlePath);
  const logger = createLogger('worker', environment.LOG_LEVEL);
  installTemporalRuntime(logger);
  const { connectionOptions, namespace } = temporalConnection(environment);
  const taskQueue = environment.TEMPORAL_TASK_QUEUE;
  const [connection, clientConnection] = await Promise.all([
    NativeConnection.connect(connectionOptions),
    Connection.connect(connectionOptions),
  ]);
  const client = new Client({ connection: clientConnection, namespace });
  const database = openDatabase({
    url: environment.DATABASE_URL,
    poolSize: environment.DATABASE_POOL_SIZE,
    applicationName: 'keepdesk worker',
    onIdleError: (error) => logger.warn({ error: error.name }, 'a database connection was lost'),
  });
  const registry = createProcessRegistry(database.pool);
  const figures = await serveMetrics(registry, {
    host: environment.HOST,
    port: environment.METRICS_PORT,
  });
  const creating = createWorker({
    connection,
    namespace,
    taskQueue,
    bundlePath: defaultBundlePath,
    database,
    identity: `worker ${hostname()} ${process.pid}`,
    poolSize: environment.DATABASE_POOL_SIZE,
    shutdownSeconds: environment.SHUTDOWN_SECONDS,
    reconcile: {
      inventory: createWorkflowInventory(client, taskQueue),
      everySeconds: environment.RECONCILE_EVERY_SECONDS,
    },
    logger,
    metrics: createWorkerMetrics(registry),
  });
  // A task that came before would fail for want of a search attribute.
  const settingUp = setUpTemporal(client, {
    namespace,
    taskQueue,
    reconcileEverySeconds: environment.RECONCILE_EVERY_SECONDS,
    logger,
  });
  const [worker] = await Promise.all([creating, settingUp]);
  const running = worker.run();
  const limitMs = environment.SHUTDOWN_SECONDS * 1000;
  onShutdown(logger, [
    {
      name: 'worker',
      limitMs: limitMs * 2,
      run: () => {
        worker.shutdown();
        return running;
      },
    },
    {
      name: 'connections',
      limitMs: 5_000,
      run: () => Promise.all([figures.stop(), database.close(), connection.close()]),
    },
  ]);
  logger.info({ taskQueue, namespace, metricsPort: figures.port }, 'worker runs');
  flushCompileCache();
  await running;
}

main().catch((error: unknown) => endWithSentence('worker', error));
