import '../config/compile-cache';

import { flushCompileCache } from 'node:module';
import { Client, Connection } from '@temporalio/client';
import { readEnvironment } from '../config/env';
import { createProcessRegistry } from '../config/metrics';
import { lastingConnection } from '../config/temporal';
import { openDatabase } from '../prisma/client';
import { createLogger } from './logger';
import { createRelayMetrics } from './metrics';
import { serveMetrics } from './metrics-server';
import { startRelay } from './relay';
import { onShutdown } from './shutdown';
import { endWithSentence } from './start-failure';

/** The relay process: carries the outbox to Temporal. It starts and stays up while Temporal or PostgreSQL is away. */
async function main(): Promise<void> {
  const environment = readEnvironment();
  const logger = createLogger('relay', environment.LOG_LEVEL);
  const namespace = environment.TEMPORAL_NAMESPACE;
  const connection = Connection.lazy(lastingConnection(environment));
  const database = openDatabase({
    url: environment.DATABASE_URL,
    poolSize: Math.min(4, environment.DATABASE_POOL_SIZE),
    applicationName: 'keepdesk relay',
    onIdleError: (error) => logger.warn({ error: error.name }, 'a database connection was lost'),
  });
  const registry = createProcessRegistry(database.pool);
  const figures = await serveMetrics(registry, {
    host: environment.HOST,
    port: environment.METRICS_PORT,
  });
  const metrics = createRelayMetrics(registry, () => relay.active());
  const relay = startRelay({
    database,
    client: new Client({ connection, namespace }),
    taskQueue: environment.TEMPORAL_TASK_QUEUE,
    pollMs: environment.RELAY_POLL_MS,
    logger,
    metrics,
  });
  onShutdown(logger, [
    { name: 'relay', limitMs: environment.SHUTDOWN_SECONDS * 1000, run: () => relay.stop() },
    {
      name: 'connections',
      limitMs: 5_000,
      run: () => Promise.all([figures.stop(), database.close(), connection.close()]),
    },
  ]);
  logger.info({ metricsPort: figures.port }, 'relay runs');
  flushCompileCache();
}

main().catch((error: unknown) => endWithSentence('relay', error));
