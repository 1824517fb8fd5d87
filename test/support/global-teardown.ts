import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { addresses, runningServers } from './addresses';

/** Ends every server the run started and removes what it wrote. */
export default async function globalTeardown(): Promise<void> {
  const bundle = addresses.workflowBundle.find();
  if (bundle !== undefined) await rm(dirname(bundle), { recursive: true, force: true });
  await Promise.all(runningServers().stops.map((stop) => stop()));
}
