import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../prisma/client';
import { countedJobs, relayBacklog } from '../services/outbox/backlog';
import { clockFigures } from '../services/sla/clock-figures';
import { sharedReading } from './shared-reading';

/**
 * Figures of the whole installation: the relay's queue and the clocks. They are read when somebody asks for them;
 * while the database does not answer, they are left out instead of telling old news.
 */
export function addInstallationMetrics(registry: Registry, database: Database): void {
  // Gauges that are collected together share one reading.
  const backlog = sharedReading(() => relayBacklog(database));
  const clocks = sharedReading(() => clockFigures(database));
  const gauge = (name: string, help: string, read: () => Promise<number>): void => {
    const created: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: () => setOrLeaveOut(created, read),
    });
  };
  gauge(
    'keepdesk_relay_lag_seconds',
    'How long the oldest job has been waiting for the relay; 0 without one.',
    async () => (await backlog()).oldestSeconds,
  );
  gauge(
    'keepdesk_relay_jobs',
    `Jobs that wait for the relay, counted up to ${countedJobs}.`,
    async () => (await backlog()).jobs,
  );
  gauge('keepdesk_relay_running', '1 while some relay delivers, else 0.', async () =>
    Number((await backlog()).relayRuns),
  );
  gauge(
    'keepdesk_sla_clocks_running',
    'Clocks of open tickets that run towards a deadline.',
    async () => (await clocks()).running,
  );
  gauge(
    'keepdesk_sla_clocks_paused',
    'Clocks of open tickets that stand still.',
    async () => (await clocks()).paused,
  );
  gauge(
    'keepdesk_sla_breaches_late',
    'Breaches of the last 24 hours that were recorded more than 30 seconds after their deadline.',
    async () => (await clocks()).lateBreaches,
  );
}

async function setOrLeaveOut(gauge: Gauge, read: () => Promise<number>): Promise<void> {
  try {
    gauge.set(await read());
  } catch {
    gauge.remove();
  }
}
