import { proxyLocalActivities } from '@temporalio/workflow';
import type { BareActivities } from '../activities';

const { nothing } = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '10 seconds' });

/** One local activity, and the end: the least a worker can do. */
export async function once(): Promise<void> {
  await nothing();
}
