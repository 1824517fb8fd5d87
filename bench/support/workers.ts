import { join } from 'node:path';
import { buildBundle } from '../../worker/build-bundle';
import { type Program, startProgram } from './program';
import type { Cleanup } from './run';
import { root, temporaryFolder } from './servers';

export const bareTaskQueue = 'bare';

/** Bundles the workflows of `bench/floors/workflows` once; the file. */
export async function buildBareBundle(cleanup: Cleanup): Promise<string> {
  const file = join(temporaryFolder(cleanup), 'bundle.js');
  await buildBundle(join(root, 'dist', 'bench', 'floors', 'workflows', 'index.js'), file);
  return file;
}

/** A worker with the SDK and nothing else, `bench/floors/worker.ts`. */
export function startBareWorker(cleanup: Cleanup, temporalAddress: string, bundle: string): Program {
  return startProgram(cleanup, 'bench/floors/worker', {
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_TASK_QUEUE: bareTaskQueue,
    BUNDLE: bundle,
  });
}

/** The product's worker, as `npm run worker` starts it; the reconcile sweep alone is out of the way. */
export function startWorker(
  cleanup: Cleanup,
  environment: { readonly DATABASE_URL: string; readonly TEMPORAL_ADDRESS: string },
): Program {
  return startProgram(cleanup, 'worker/main', { RECONCILE_EVERY_SECONDS: '86400', ...environment });
}
