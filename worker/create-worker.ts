import { type NativeConnection, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createInvoicingActivities } from '../activities/invoicing';
import { createReconcileActivities, type ReconcileOptions } from '../activities/reconcile';
import { createTicketActivities } from '../activities/ticket';
import type { Database } from '../prisma/client';
import { observeActivities } from './activity-observer';
import type { WorkerMetrics } from './metrics';

export interface WorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly bundlePath: string;
  readonly database: Database;
  readonly identity: string;
  readonly poolSize: number;
  readonly shutdownSeconds: number;
  readonly reconcile: Omit<ReconcileOptions, 'report'>;
  readonly logger: Logger;
  readonly metrics: WorkerMetrics;
}

/** One worker for all workflows and activities; several run side by side on the same task queue. */
export function createWorker(options: WorkerOptions): Promise<Worker> {
  return Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    workflowBundle: { codePath: options.bundlePath },
    activities: {
      ...createTicketActivities({ database: options.database }),
      ...createInvoicingActivities({ database: options.database }),
      ...createReconcileActivities({
        database: options.database,
        ...options.reconcile,
        report: (report) => options.metrics.countSweep(report),
      }),
    },
    interceptors: { activity: [observeActivities(options.logger, options.metrics)] },
    identity: options.identity,
    shutdownGraceTime: `${options.shutdownSeconds} seconds`,
    shutdownForceTime: `${options.shutdownSeconds * 2} seconds`,
    // Both kinds share the database pool: more at once would only wait for a connection.
    maxConcurrentActivityTaskExecutions: options.poolSize,
    maxConcurrentLocalActivityExecutions: options.poolSize,
    maxConcurrentWorkflowTaskExecutions: 40,
    stickyQueueScheduleToStartTimeout: '5 seconds',
  });
}
