import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { dataDirectory } from './paths.mjs';
import { freePort, rememberedPort } from './ports.mjs';
import { serverAccount } from './postgres-account.mjs';
import { linkPostgresLibraries, postgresBinaries, postgresPackage } from './postgres-binaries.mjs';
import {
  clearStaleServer,
  createCluster,
  readPassword,
  serverEnvironment,
  superuser,
} from './postgres-cluster.mjs';
import { exitOf, forgetProcess, recordProcess, spawnOwned, stopChild } from './processes.mjs';
import { temporaryHome } from './temporary.mjs';

const databaseName = 'keepdesk';
const startLimitMs = 60_000;

const stopSteps = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 2_000],
];

const commonSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
};

/** A throw-away database may forget everything in a crash; one that keeps records may forget nothing. */
const ephemeralSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '4GB',
};

/**
 * Starts PostgreSQL on 127.0.0.1 with its data under `dataDir/postgres`, or a throw-away one.
 * The first start makes the data folder and a random password.
 */
export async function startPostgres({ dataDir = dataDirectory(), ephemeral = false } = {}) {
  linkPostgresLibraries();
  const binaries = postgresBinaries();
  const home = ephemeral ? temporaryHome() : resolve(dataDir);
  mkdirSync(join(home, 'logs'), { recursive: true });
  const place = {
    home,
    ephemeral,
    binaries,
    cluster: join(home, 'postgres'),
    passwordFile: join(home, 'postgres-password'),
    pidFile: join(home, 'run', 'postgres.json'),
    logFile: join(home, 'logs', 'postgres.log'),
  };
  place.account = serverAccount({
    cluster: place.cluster,
    program: join(binaries, 'postgres'),
    folders: [postgresPackage(), home],
  });
  if (existsSync(place.cluster)) await clearStaleServer(place.cluster);
  else await createCluster(place);
  const password = readPassword(place.passwordFile);
  const server = await startServer(place, password);
  const removeFiles = () => ephemeral && rmSync(home, { recursive: true, force: true });
  process.once('exit', server.kill);
  return {
    url: connectionUrl(password, server.port, databaseName),
    port: server.port,
    exited: server.exited,
    async stop() {
      await stopChild(server.child, stopSteps);
      process.removeListener('exit', server.kill);
      forgetProcess(place.pidFile);
      removeFiles();
    },
  };
}

function connectionUrl(password, port, database) {
  return `postgresql://${superuser}:${password}@127.0.0.1:${port}/${database}`;
}

async function startServer(place, password) {
  const deadline = Date.now() + startLimitMs;
  for (;;) {
    const port = place.ephemeral ? await freePort() : await rememberedPort(place.home, 'postgres');
    const server = launch(place, port);
    const problem = await waitUntilReady(server, password, deadline);
    if (problem === undefined) return server;
    await stopChild(server.child, stopSteps);
    // Both pass by themselves: somebody took the port meanwhile, or backends of a killed server are still ending.
    const passing = /Address already in use|pre-existing shared memory block/.test(problem);
    if (!passing || Date.now() > deadline) {
      throw new Failure(`PostgreSQL did not start: ${problem} (log: ${place.logFile}).`);
    }
    await delay(200);
  }
}

function launch({ binaries, cluster, account, ephemeral, logFile, pidFile }, port) {
  const settings = { ...commonSettings, ...(ephemeral ? ephemeralSettings : {}), port: String(port) };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  writeFileSync(logFile, '', { flag: 'a' });
  const logStart = readFileSync(logFile).length;
  const log = openSync(logFile, 'a');
  const child = spawnOwned(join(binaries, 'postgres'), ['-D', cluster, ...options], {
    account,
    parentDeathSignal: 'INT',
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  if (child.pid !== undefined) recordProcess(pidFile, child.pid);
  const exited = exitOf(child);
  return {
    child,
    port,
    exited,
    kill: () => child.kill('SIGINT'),
    logTail: () => readFileSync(logFile).subarray(logStart).toString(),
  };
}

/** Undefined when it answers queries, else what its log gives as the reason. */
async function waitUntilReady(server, password, deadline) {
  let ended;
  server.exited.then((result) => (ended = result));
  while (Date.now() < deadline) {
    if (ended !== undefined) {
      const fatal = server
        .logTail()
        .split('\n')
        .filter((line) => /FATAL|ERROR|error/.test(line));
      return (
        [ended.error?.message, ...fatal].filter(Boolean).join('; ') || `it ended with code ${ended.code}`
      );
    }
    if (
      /ready to accept connections/.test(server.logTail()) &&
      (await ensureDatabase(server.port, password))
    ) {
      return undefined;
    }
    await delay(25);
  }
  return `it was not ready within ${startLimitMs / 1000} seconds`;
}

async function ensureDatabase(port, password) {
  // Loaded late: the set-up script imports this folder before packages are installed.
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: connectionUrl(password, port, 'postgres') });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [databaseName]);
    if (rowCount === 0) await client.query(`create database ${databaseName}`);
    return true;
  } catch (error) {
    if (error.code === '28P01')
      throw new Failure('The embedded PostgreSQL refuses the password in its password file.');
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
