import { Client, Connection } from '@temporalio/client';
import { readEnvironment } from '../config/env';
import { lastingConnection } from '../config/temporal';
import { openDatabase } from '../prisma/client';
import { createLogger } from './logger';
import { startRelay } from './relay';
import { onShutdown } from './shutdown';
import { endWithSentence } from './start-failure';

/** The relay process: carries the outbox to Temporal. It starts and stays up while Temporal or PostgreSQL is away. */
function main(): void {
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
  const relay = startRelay({
    database,
    client: new Client({ connection, namespace }),
    taskQueue: environment.TEMPORAL_TASK_QUEUE,
    logger,
  });
  onShutdown(logger, [
    { name: 'relay', limitMs: environment.SHUTDOWN_SECONDS * 1000, run: () => relay.stop() },
    { name: 'connections', limitMs: 5_000, run: () => Promise.all([database.close(), connection.close()]) },
  ]);
  logger.info('relay runs');
}

try {
  main();
} catch (error) {
  endWithSentence('relay', error);
}
