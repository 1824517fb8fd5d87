import { log } from '@temporalio/activity';
import type { ReconcileReport } from '../domain/shared/reconcile-report';
import type { Database } from '../prisma/client';
import { sweep, type WorkflowInventory } from '../services/reconcile/sweep';
import { mappingFailures } from './failures';

export interface ReconcileOptions {
  readonly inventory: WorkflowInventory;
  readonly everySeconds: number;
  readonly report?: (report: ReconcileReport) => void;
}

export type ReconcileActivities = ReturnType<typeof createReconcileActivities>;

/** Every so many sweeps everything is compared and verified; the first of a worker's life among them. */
const thoroughEvery = 15;

export function createReconcileActivities(options: ReconcileOptions & { readonly database: Database }) {
  let sweeps = 0;
  return {
    /** One reconcile sweep; safe to run twice and beside another. Normal activity. */
    sweep(): Promise<ReconcileReport> {
      return mappingFailures(async () => {
        const thorough = sweeps % thoroughEvery === 0;
        sweeps += 1;
        const report = await sweep({
          database: options.database,
          inventory: options.inventory,
          now: new Date(),
          lookBackSeconds: Math.max(600, options.everySeconds * 5),
          thorough,
        });
        options.report?.(report);
        if (Object.values(report).some((count) => count > 0)) log.warn('reconcile found work', { ...report });
        return report;
      });
    },
  };
}
