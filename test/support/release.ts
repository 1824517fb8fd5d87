import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundle } from '../../worker/build-bundle';
import { root } from './processes';

/** A folder with the compiled programs of this checkout and other workflows, as a later release would be. */
export async function releaseWith(
  workflowsPath: string,
): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'keepdesk-release-'));
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await buildBundle(workflowsPath, join(folder, 'dist', 'workflow-bundle.js'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
