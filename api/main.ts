import '../config/compile-cache';

import { flushCompileCache } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { destination, pino } from 'pino';
import { readEnvironment } from '../config/env';
import { createProcessRegistry } from '../config/metrics';
import { StartError } from '../config/start-error';
import { type Database, openDatabase } from '../prisma/client';
import { loadHolidayRules } from '../services/calendars/country-holidays';
import { openPdfThread } from '../services/invoicing/pdf-thread';
import { createApp } from './app';
import { createEventStreams } from './event-streams';
import { openGateways } from './gateway/open-gateways';
import { addInstallationMetrics } from './installation-metrics';
import { createRateLimits } from './middleware/rate-limits';
import { createHttpMetrics } from './middleware/request-log';
import { createReadiness } from './readiness';
import { requireDatabase } from './require-database';
import { listen } from './server';

/** One write for many lines, a tenth of a second late at most; at an orderly end all are written. */
const logBuffer = { sync: false, minLength: 4096, periodicFlush: 100 } as const;

/**
 * The API process: starts with the database alone (Temporal may come later) and serves until SIGINT or SIGTERM. On
 * SIGTERM it says so at /readyz and serves on for DRAIN_SECONDS, so that a balancer turns to others; then it lets
 * running requests end within SHUTDOWN_SECONDS. A second signal ends it at once.
 */
async function main(): Promise<void> {
  const environment = readEnvironment();
  const logger = pino({ name: 'api', level: environment.LOG_LEVEL }, destination(logBuffer));
  const database = openDatabase({
    url: environment.DATABASE_URL,
    poolSize: environment.DATABASE_POOL_SIZE,
    applicationName: 'keepdesk-api',
    onIdleError: (error) => logger.warn({ code: (error as { code?: string }).code }, 'a connection was lost'),
  });
  await requireDatabase(database, environment.DATABASE_URL);
  await loadWhatKeepsTheThread(database);

  let stopping = false;
  const ending = new AbortController();
  const gateways = openGateways(environment);
  const registry = createProcessRegistry(database.pool);
  const metrics = createHttpMetrics(registry);
  addInstallationMetrics(registry, database);
  const eventStreams = createEventStreams(database);
  const pdfThread = openPdfThread();
  const app = createApp(
    {
      environment,
      database,
      tickets: gateways.tickets,
      invoiceRuns: gateways.invoiceRuns,
      rateLimits: createRateLimits(environment, database),
      eventStreams,
      pdfOfInvoice: pdfThread.pdfOfInvoice,
      readiness: createReadiness({ database, askTemporal: gateways.askTemporal, isStopping: () => stopping }),
      ending: ending.signal,
    },
    logger,
    metrics,
  );
  const api = await listen(app, { host: environment.HOST, port: environment.PORT, setting: 'PORT' });
  const figures = await listen(
    (request, response) => {
      if (request.url !== '/metrics') {
        response.writeHead(404).end();
        return;
      }
      registry.metrics().then(
        (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    },
    { host: environment.HOST, port: environment.METRICS_PORT, setting: 'METRICS_PORT' },
  );
  logger.info({ port: api.port, metricsPort: figures.port }, 'listening');
  flushCompileCache();

  onStopRequest(async (signal) => {
    stopping = true;
    // Somebody who presses Ctrl-C has no balancer in front.
    const drainMs = signal === 'SIGTERM' ? environment.DRAIN_SECONDS * 1000 : 0;
    const limitMs = environment.SHUTDOWN_SECONDS * 1000;
    setTimeout(() => process.exit(1), drainMs + limitMs + 2_000).unref();
    logger.info({ signal, drainSeconds: drainMs / 1000 }, 'stopping');
    api.drain();
    await delay(drainMs);
    ending.abort();
    eventStreams.close();
    await api.stop(limitMs);
    await Promise.all([figures.stop(0), gateways.close(), pdfThread.close()]);
    await database.close();
    logger.info('stopped');
  });
}

/** What is loaded at its first use takes tenths of a second, in which nobody would be answered. */
async function loadWhatKeepsTheThread(database: Database): Promise<void> {
  await loadHolidayRules();
  await database.prisma.company.findFirst({ select: { id: true } });
}

/** A terminal and npm may both deliver the same Ctrl-C; only a later one means impatience. */
const sameSignalMs = 1_000;

function onStopRequest(stop: (signal: NodeJS.Signals) => Promise<void>): void {
  let requestedAt: number | undefined;
  const request = (signal: NodeJS.Signals): void => {
    if (requestedAt !== undefined) {
      if (Date.now() - requestedAt > sameSignalMs) process.exit(1);
      return;
    }
    requestedAt = Date.now();
    stop(signal).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGINT', request);
  process.on('SIGTERM', request);
}

main().catch((error: unknown) => {
  const known = error instanceof StartError;
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(known ? `${reason}\n` : `The API could not start: ${reason.split('\n')[0]}\n`);
  process.exit(1);
});
