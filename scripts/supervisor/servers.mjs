import { join } from 'node:path';
import { startPostgres } from '../stack/postgres.mjs';
import { stopLeftOver } from '../stack/processes.mjs';
import { startTemporal, temporalStopSteps } from '../stack/temporal.mjs';
import { keepServerRunning } from './managed-server.mjs';

export const programs = [
  { name: 'api', path: 'api/main.js' },
  { name: 'worker', path: 'worker/main.js' },
  { name: 'relay', path: 'worker/relay-main.js' },
];

/** Ends what a killed supervisor left running; it may hold the ports this start needs. */
export async function stopLeftOvers({ runDirectory }) {
  const gently = [
    ['SIGTERM', 5_000],
    ['SIGKILL', 2_000],
  ];
  await Promise.all(programs.map(({ name }) => stopLeftOver(join(runDirectory, `${name}.json`), gently)));
  await stopLeftOver(join(runDirectory, 'temporal.json'), temporalStopSteps);
}

/** The embedded PostgreSQL, or the one that DATABASE_URL names. */
export async function openPostgres({ databaseUrl, dataDir }, onGiveUp) {
  if (databaseUrl !== undefined) return { url: databaseUrl, stop: async () => {} };
  const start = () => startPostgres({ dataDir });
  return keepServerRunning({ name: 'postgres', start, onGiveUp });
}

/** The embedded Temporal, or the one that TEMPORAL_ADDRESS names. */
export async function openTemporal({ temporalAddress, temporalUiUrl, dataDir, uiPort }, onGiveUp) {
  if (temporalAddress !== undefined) {
    return { address: temporalAddress, uiUrl: temporalUiUrl, stop: async () => {} };
  }
  const start = () => startTemporal({ dataDir, uiPort });
  return keepServerRunning({ name: 'temporal', start, onGiveUp });
}
