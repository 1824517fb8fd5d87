import { destination, pino } from 'pino';
import { Registry } from 'prom-client';
import { createApp } from '../../api/app';
import { createRateLimits } from '../../api/middleware/rate-limits';
import { createHttpMetrics } from '../../api/middleware/request-log';
import { defineRoute, supportRoles } from '../../api/route';
import { routes } from '../../api/routes';
import { listen } from '../../api/server';
import { readEnvironment } from '../../config/env';
import { openDatabase } from '../../prisma/client';
import { constantRecord } from './constant-record';

/**
 * The API as `api/main.ts` makes it, all its routes and everything in front of them, with one route more that reads
 * nothing: what remains is the cost of what every authenticated request passes.
 */
const environment = readEnvironment();
const database = openDatabase({
  url: environment.DATABASE_URL,
  poolSize: environment.DATABASE_POOL_SIZE,
  applicationName: 'keepdesk-api',
});
const unused = new Proxy({}, {}) as never;
const logger = pino(
  { name: 'api', level: environment.LOG_LEVEL },
  destination({ sync: false, minLength: 4096, periodicFlush: 100 }),
);
const measured = defineRoute({
  operationId: 'getMeasured',
  method: 'get',
  path: '/v1/measured',
  tag: 'Measured',
  summary: 'A record that costs nothing to find',
  access: { roles: supportRoles, scope: 'tickets:read' },
  answers: { status: 200, description: 'The record.' },
  handle: () => Promise.resolve({ body: constantRecord }),
});
const app = createApp(
  {
    environment,
    database,
    tickets: unused,
    invoiceRuns: unused,
    eventStreams: unused,
    pdfOfInvoice: unused,
    rateLimits: createRateLimits(environment, database),
    readiness: () => Promise.resolve({ ready: true, parts: [] }),
    ending: new AbortController().signal,
  },
  logger,
  createHttpMetrics(new Registry()),
  [...routes, measured],
);
process.once('SIGTERM', () => process.exit(0));
void listen(app, { host: '127.0.0.1', port: 0, setting: 'PORT' }).then(({ port }) =>
  logger.info({ port }, 'listening'),
);
