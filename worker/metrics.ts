import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ReconcileReport } from '../domain/shared/reconcile-report';

/** What a worker counts. */
export interface WorkerMetrics {
  countActivity(activity: string, outcome: 'done' | 'refused' | 'failed'): void;
  countSweep(report: ReconcileReport): void;
}

/** Counts activities by outcome and what the reconcile sweeps of this worker found. */
export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry];
  const activities = new Counter({
    name: 'keepdesk_activities_total',
    help: 'Attempts at activities, by activity and outcome: done, refused by a rule, or failed.',
    labelNames: ['activity', 'outcome'],
    registers,
  });
  const sweeps = new Counter({
    name: 'keepdesk_reconcile_sweeps_total',
    help: 'Reconcile sweeps this worker has finished.',
    registers,
  });
  const findings = new Counter({
    name: 'keepdesk_reconcile_findings_total',
    help: 'What the reconcile sweeps of this worker found, by kind.',
    labelNames: ['kind'],
    registers,
  });
  return {
    countActivity: (activity, outcome) => activities.inc({ activity, outcome }),
    countSweep(report) {
      sweeps.inc();
      for (const [kind, count] of Object.entries(report)) findings.inc({ kind }, count);
    },
  };
}

/** What a relay counts. */
export interface RelayMetrics {
  /** Jobs that Temporal has acknowledged, and how long the oldest of them had waited. */
  countDelivered(jobs: number, waitedSeconds: number): void;
  countPostponed(): void;
  countOutage(): void;
}

/** Counts what this relay delivers; `isActive` tells whether it delivers or stands by. */
export function createRelayMetrics(registry: Registry, isActive: () => boolean): RelayMetrics {
  const registers = [registry];
  const active: Gauge = new Gauge({
    name: 'keepdesk_relay_active',
    help: '1 while this relay delivers, 0 while it stands by.',
    registers,
    collect: () => active.set(Number(isActive())),
  });
  const delivered = new Counter({
    name: 'keepdesk_relay_delivered_total',
    help: 'Jobs that Temporal has acknowledged to this relay.',
    registers,
  });
  const waited = new Histogram({
    name: 'keepdesk_relay_delivery_seconds',
    help: 'From the commit of a job to its acknowledgement by Temporal; of one delivery the oldest job.',
    buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300, 3_600],
    registers,
  });
  const postponed = new Counter({
    name: 'keepdesk_relay_postponed_total',
    help: 'Deliveries that failed for a reason of their own and are tried later.',
    registers,
  });
  const outages = new Counter({
    name: 'keepdesk_relay_outages_total',
    help: 'Times this relay found Temporal away.',
    registers,
  });
  return {
    countDelivered(jobs, waitedSeconds) {
      delivered.inc(jobs);
      waited.observe(waitedSeconds);
    },
    countPostponed: () => postponed.inc(),
    countOutage: () => outages.inc(),
  };
}
