import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { dataDirectory } from './paths.mjs';
import { acceptsConnections, freePort, rememberedPort } from './ports.mjs';
import { exitOf, forgetProcess, recordProcess, spawnOwned, stopChild, stopLeftOver } from './processes.mjs';
import { temporalBinary } from './temporal-binaries.mjs';
import { temporaryHome } from './temporary.mjs';

const startLimitMs = 60_000;

/** How to end the server, gently first. */
export const temporalStopSteps = [
  ['SIGTERM', 10_000],
  ['SIGKILL', 2_000],
];

/** The worker registers them as well, for servers that were not started here. */
const searchAttributes = {
  CompanyId: 'Keyword',
  TeamId: 'Keyword',
  Stage: 'Keyword',
  SlaState: 'Keyword',
  TicketRef: 'Keyword',
  AssigneeId: 'Keyword',
  Priority: 'Int',
  NextDeadline: 'Datetime',
  NeedsOperator: 'Bool',
};

/**
 * Starts the Temporal development server on 127.0.0.1, with its state in `dataDir/temporal.sqlite`, or in memory
 * when it is ephemeral. Resolves when the `default` namespace answers.
 */
export async function startTemporal({ dataDir = dataDirectory(), ephemeral = false, uiPort } = {}) {
  const binary = await temporalBinary();
  const home = ephemeral ? temporaryHome() : resolve(dataDir);
  mkdirSync(join(home, 'logs'), { recursive: true });
  const pidFile = join(home, 'run', 'temporal.json');
  await stopLeftOver(pidFile, temporalStopSteps);
  const port = ephemeral ? await freePort() : await rememberedPort(home, 'temporal');
  const chosenUiPort = uiPort ?? (await freePort());
  const storage = ephemeral ? [] : storageOptions(join(home, 'temporal.sqlite'));
  const logFile = join(home, 'logs', 'temporal.log');
  const server = launch(binary, [...serverOptions(port, chosenUiPort), ...storage], logFile);
  if (server.child.pid !== undefined) recordProcess(pidFile, server.child.pid);
  process.once('exit', server.kill);
  const stop = async () => {
    await stopChild(server.child, temporalStopSteps);
    process.removeListener('exit', server.kill);
    forgetProcess(pidFile);
    if (ephemeral) rmSync(home, { recursive: true, force: true });
  };
  const problem = await waitUntilReady(binary, server, port, chosenUiPort);
  if (problem !== undefined) {
    await stop();
    throw new Failure(`Temporal did not start: ${problem}${ephemeral ? '' : ` (log: ${logFile})`}.`);
  }
  return {
    address: `127.0.0.1:${port}`,
    uiUrl: `http://127.0.0.1:${chosenUiPort}`,
    exited: server.exited,
    stop,
  };
}

function serverOptions(port, uiPort) {
  const options = [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--ui-port',
    String(uiPort),
  ];
  options.push('--log-level', 'warn', '--log-format', 'json', '--ui-disable-news-fetch');
  // The default of 20 polls a second paces every normal activity of the single shard to 50 ms.
  options.push('--dynamic-config-value', 'history.transferProcessorMaxPollRPS=500');
  for (const [name, type] of Object.entries(searchAttributes))
    options.push('--search-attribute', `${name}=${type}`);
  return options;
}

/** With these two the file is as fast as memory and still whole after a SIGKILL. */
function storageOptions(file) {
  const pragmas = ['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'];
  return ['--db-filename', file, ...pragmas];
}

/** TEMPORAL_* of the caller's shell are meant for clients and would reconfigure the command. */
function commandEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function launch(binary, options, logFile) {
  const log = openSync(logFile, 'a');
  const logStart = readFileSync(logFile).length;
  const child = spawnOwned(binary, options, {
    cwd: tmpdir(),
    env: commandEnvironment(),
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  return {
    child,
    exited: exitOf(child),
    kill: () => child.kill('SIGTERM'),
    logTail: () => readFileSync(logFile).subarray(logStart).toString(),
  };
}

async function waitUntilReady(binary, server, port, uiPort) {
  let ended;
  server.exited.then((result) => (ended = result));
  const deadline = Date.now() + startLimitMs;
  while (Date.now() < deadline) {
    if (ended !== undefined) return ended.error?.message ?? reasonIn(server.logTail());
    const open =
      (await acceptsConnections('127.0.0.1', port)) && (await acceptsConnections('127.0.0.1', uiPort));
    if (open && (await namespaceAnswers(binary, port))) return undefined;
    await delay(50);
  }
  return `it was not ready within ${startLimitMs / 1000} seconds`;
}

function reasonIn(log) {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  return lines.findLast((line) => /^error/i.test(line)) ?? lines.at(-1) ?? 'it ended without a word';
}

async function namespaceAnswers(binary, port) {
  const options = [
    'operator',
    'namespace',
    'describe',
    '--namespace',
    'default',
    '--address',
    `127.0.0.1:${port}`,
  ];
  const child = spawn(binary, options, { env: commandEnvironment(), stdio: 'ignore', timeout: 10_000 });
  const { code } = await exitOf(child);
  return code === 0;
}
