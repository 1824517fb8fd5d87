import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ReconcileActivities } from '../../activities/reconcile';
import type { ReconcileReport } from '../../domain/shared/reconcile-report';

const activities = proxyActivities<ReconcileActivities>({
  startToCloseTimeout: '50 seconds',
  retry: { maximumAttempts: 2 },
  summary: 'find and mend',
});

/**
 * One sweep of the reconcile schedule (architecture.md §3): finds what an outage, a terminated workflow or a lost
 * process left behind, sends it on its way again and reports the counts.
 */
export async function reconcile(): Promise<ReconcileReport> {
  const report = await activities.sweep();
  setCurrentDetails(
    Object.entries(report)
      .map(([name, count]) => `- ${name}: ${count}`)
      .join('\n'),
  );
  return report;
}
