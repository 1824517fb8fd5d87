import { runningServers } from './addresses';

/** Ends every server the run started and removes what it wrote. */
export default async function globalTeardown(): Promise<void> {
  await Promise.all(runningServers().stops.map((stop) => stop()));
}
