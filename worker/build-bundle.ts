import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { StartError } from '../config/start-error';

/** Where the worker looks for the bundle unless told otherwise. */
export const defaultBundlePath = resolve(__dirname, '..', 'workflow-bundle.js');

/** @throws StartError when the workflows were not bundled yet. */
export function requireBundle(bundlePath: string): void {
  if (!existsSync(bundlePath)) {
    throw new StartError(`The bundle of workflows ${bundlePath} is missing: run "npm run build".`);
  }
}

/**
 * Bundles the workflows once, so that a worker starts without compiling; fails when anything that a workflow
 * must not touch (Node, the database, the API) is reached through any import.
 */
export async function buildBundle(workflowsPath: string, bundlePath: string): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    logger: {
      log: () => {},
      trace: () => {},
      debug: () => {},
      info: () => {},
      warn: console.warn,
      error: console.error,
    },
  });
  await mkdir(dirname(bundlePath), { recursive: true });
  const unfinished = `${bundlePath}.${process.pid}`;
  await writeFile(unfinished, code);
  await rename(unfinished, bundlePath);
}

if (require.main === module) {
  buildBundle(resolve(__dirname, '..', 'workflows', 'index.js'), defaultBundlePath).catch(
    (error: unknown) => {
      process.stderr.write(
        `The workflow bundle could not be built: ${error instanceof Error ? error.message : String(error)}\n`,
      );
      process.exitCode = 1;
    },
  );
}
