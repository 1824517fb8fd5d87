import { DomainError } from '../../../domain/shared/errors';
import type { Services } from '../../services';

/**
 * Has the workflow of a recorded run start, and waits up to `waitMs` for its end. Temporal being away refuses
 * nothing: the run is recorded, and the reconcile sweep starts it (spec.md §2).
 */
export async function startRun(
  services: Services,
  run: { readonly companyId: string; readonly runId: string },
  waitMs: number,
): Promise<void> {
  const over = new AbortController();
  const ending = new Promise((resolve) => {
    services.ending.addEventListener('abort', resolve, { once: true, signal: over.signal });
  });
  try {
    await unlessUnavailable(() => Promise.race([services.invoiceRuns.start(run, waitMs), ending]));
  } finally {
    over.abort();
  }
}

/** Tells the workflow of a run that its record is cancelled; without Temporal it finds that out by itself. */
export async function tellCancelled(
  services: Services,
  run: { readonly companyId: string; readonly runId: string },
): Promise<void> {
  await unlessUnavailable(() => services.invoiceRuns.cancel(run));
}

async function unlessUnavailable(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'temporal_unavailable')) throw error;
  }
}
