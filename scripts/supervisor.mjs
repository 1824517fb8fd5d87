/** `npm start`: one process that runs the whole of Keepdesk on this machine. The set-up has been done before. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nodeRuntime } from './setup/node-runtime.mjs';
import { exitWithSentence, Failure, sentenceOf } from './stack/failure.mjs';
import { takeLock } from './stack/lock.mjs';
import { temporalBinary } from './stack/temporal-binaries.mjs';
import { runProgram } from './supervisor/commands.mjs';
import { say } from './supervisor/console.mjs';
import { playDemo } from './supervisor/demo.mjs';
import { createManagedProcess } from './supervisor/managed-process.mjs';
import { openPostgres, openTemporal, programs, stopLeftOvers } from './supervisor/servers.mjs';
import {
  chooseSmtpPort,
  compiledProgram,
  readSettings,
  refuseTakenPorts,
  refuseUnreachableServers,
} from './supervisor/settings.mjs';
import { onStopRequest, stopInPhases } from './supervisor/shutdown.mjs';
import { apiUrlOf, sayWelcome } from './supervisor/welcome.mjs';

const migrationLimitMs = 10 * 60_000;
const readyLimitMs = 90_000;

/** What is running, so that an end at any moment of the start finds all of it. */
const running = { processes: [], postgres: undefined, temporal: undefined };
let ending;

async function start() {
  const settings = readSettings();
  makeDataFolders(settings);
  const lock = takeLock(join(settings.runDirectory, 'supervisor.lock'));
  if (lock.release === undefined) {
    throw new Failure(
      `Keepdesk already runs with ${settings.dataDir} (process ${lock.holder}): stop it, or set DATA_DIR, PORT and TEMPORAL_UI_PORT for a second one.`,
    );
  }
  refuseMissingPrograms();
  refuseBadEnvironment(settings);
  await stopLeftOvers(settings);
  await refuseTakenPorts(settings);
  await refuseUnreachableServers(settings);
  const smtpPort = await chooseSmtpPort(settings);
  const node = nodeRuntime();
  if (settings.temporalAddress === undefined) await temporalBinary();

  say('Starting PostgreSQL and Temporal…');
  const { postgres, temporal } = await openServers(settings);
  if (ending) return;
  const environment = environmentOfChildren({ settings, postgres, temporal, smtpPort });
  await runProgram({
    node,
    program: compiledProgram('scripts/migrate.js'),
    environment,
    settings,
    failure: 'The database could not be migrated',
    limitMs: migrationLimitMs,
  });
  if (ending) return;

  say('Starting API, worker and relay…');
  for (const { name, path } of programs) {
    const program = compiledProgram(path);
    const child = createManagedProcess({
      name,
      node,
      program,
      environment: environmentOfProgram(name, environment),
      settings,
      onGiveUp: endBecause,
    });
    running.processes.push(child);
    child.start();
  }
  await untilReady(apiUrlOf(settings));
  if (settings.withDemo && !ending) await playDemo({ node, environment, settings });
  if (ending) return;
  const databaseAddress = new URL(postgres.url).host;
  await sayWelcome({ settings, databaseAddress, temporal, smtpPort });
}

function makeDataFolders({ dataDir, runDirectory, logDirectory }) {
  try {
    for (const folder of [runDirectory, logDirectory]) {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
    }
  } catch (error) {
    throw new Failure(
      `The data folder ${dataDir} cannot be written (${error.code}): correct it or set DATA_DIR.`,
    );
  }
}

function refuseMissingPrograms() {
  const missing = ['scripts/migrate.js', 'workflow-bundle.js', ...programs.map(({ path }) => path)].find(
    (path) => !existsSync(compiledProgram(path)),
  );
  if (missing !== undefined) throw new Failure(`dist/${missing} is missing: run "npm run setup".`);
}

/** The programs' own reading of what they will be given, before anything is started for them. */
function refuseBadEnvironment(settings) {
  const { readEnvironment } = createRequire(import.meta.url)(compiledProgram('config/env.js'));
  const postgres = { url: settings.databaseUrl ?? 'postgresql://127.0.0.1/keepdesk' };
  const uiUrl = settings.temporalAddress === undefined ? 'http://127.0.0.1' : settings.temporalUiUrl;
  const temporal = { address: settings.temporalAddress ?? '127.0.0.1:7233', uiUrl };
  try {
    readEnvironment(
      environmentOfChildren({ settings, postgres, temporal, smtpPort: settings.smtpPort ?? 0 }),
    );
  } catch (error) {
    throw new Failure(error.message);
  }
}

/** Both at once; when one fails, the other is still known and gets stopped. */
async function openServers(settings) {
  running.postgres = openPostgres(settings, endBecause);
  running.temporal = openTemporal(settings, endBecause);
  const [postgres, temporal] = await Promise.allSettled([running.postgres, running.temporal]);
  for (const result of [postgres, temporal]) if (result.status === 'rejected') throw result.reason;
  return { postgres: postgres.value, temporal: temporal.value };
}

function environmentOfChildren({ settings, postgres, temporal, smtpPort }) {
  return {
    // Nobody balances in front of a single API.
    DRAIN_SECONDS: '0',
    ...process.env,
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    ...(temporal.uiUrl === undefined ? {} : { TEMPORAL_UI_URL: temporal.uiUrl }),
    PORT: String(settings.port),
    SMTP_PORT: String(smtpPort),
    DATA_DIR: settings.dataDir,
    KEEPDESK_API_URL: apiUrlOf(settings),
  };
}

/** METRICS_PORT is one port and three processes: the API has it, worker and relay name theirs in their logs. */
function environmentOfProgram(name, environment) {
  return name === 'api' ? environment : { ...environment, METRICS_PORT: '0' };
}

async function untilReady(apiUrl) {
  const deadline = Date.now() + readyLimitMs;
  let answer = 'no answer';
  while (Date.now() < deadline && !ending) {
    try {
      const response = await fetch(`${apiUrl}/readyz`, { signal: AbortSignal.timeout(5_000) });
      if (response.status === 200) return;
      answer = `status ${response.status}: ${(await response.text()).slice(0, 200)}`;
    } catch {
      // Not listening yet.
    }
    await delay(50);
  }
  if (!ending) {
    throw new Failure(
      `The API was not ready within ${readyLimitMs / 1000} seconds (${answer}): see its log.`,
    );
  }
}

function end(exitCode) {
  ending ??= finish(exitCode);
  return ending;
}

async function finish(exitCode) {
  say('Stopping…');
  const settled = async (server) => server?.catch(() => undefined);
  await stopInPhases({
    processes: running.processes,
    temporal: await settled(running.temporal),
    postgres: await settled(running.postgres),
  });
  say('Stopped.');
  process.exit(exitCode);
}

function endBecause(problem) {
  if (ending) return;
  process.stderr.write(`${problem instanceof Error ? sentenceOf(problem) : problem}\n`);
  void end(1);
}

onStopRequest(
  () => void end(0),
  () => {
    for (const child of running.processes) child.kill();
    process.exit(1);
  },
);
process.on('uncaughtException', endBecause);
start().catch((problem) => {
  // Nothing was started yet: no ceremony.
  if (running.postgres === undefined) exitWithSentence(problem);
  endBecause(problem);
});
