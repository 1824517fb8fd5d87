import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import type { Database } from '../prisma/client';
import { countedJobs, type RelayBacklog, relayBacklog } from './readiness';

/**
 * Figures of the process, its pool of connections and the relay's queue. The queue is read when somebody asks
 * for the figures; while the database does not answer, its gauges are left out instead of telling old news.
 */
export function addProcessMetrics(registry: Registry, database: Database): void {
  collectDefaultMetrics({ register: registry });
  const connections = new Gauge({
    name: 'keepdesk_database_connections',
    help: 'Connections of the pool by state; waiting are requests for one.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { totalCount, idleCount, waitingCount } = database.pool;
      connections.set({ state: 'busy' }, totalCount - idleCount);
      connections.set({ state: 'idle' }, idleCount);
      connections.set({ state: 'waiting' }, waitingCount);
    },
  });
  let reading: Promise<RelayBacklog> | undefined;
  const backlog = (): Promise<RelayBacklog> => {
    reading ??= relayBacklog(database).finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const oldest: Gauge = new Gauge({
    name: 'keepdesk_relay_lag_seconds',
    help: 'How long the oldest job has been waiting for the relay; 0 without one.',
    registers: [registry],
    collect: () => setOrLeaveOut(oldest, async () => (await backlog()).oldestSeconds),
  });
  const jobs: Gauge = new Gauge({
    name: 'keepdesk_relay_jobs',
    help: `Jobs that wait for the relay, counted up to ${countedJobs}.`,
    registers: [registry],
    collect: () => setOrLeaveOut(jobs, async () => (await backlog()).jobs),
  });
}

async function setOrLeaveOut(gauge: Gauge, read: () => Promise<number>): Promise<void> {
  try {
    gauge.set(await read());
  } catch {
    gauge.remove();
  }
}
