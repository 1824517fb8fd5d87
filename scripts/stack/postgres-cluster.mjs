import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './failure.mjs';
import { giveTo } from './postgres-account.mjs';
import { commandLine, processStart, run, stopProcess } from './processes.mjs';

export const superuser = 'keepdesk';

/** Makes the data folder and its password. It appears under its name only when it is whole. */
export async function createCluster({ binaries, cluster, passwordFile, account, ephemeral }) {
  const password = randomBytes(24).toString('hex');
  const unfinished = `${cluster}.new-${process.pid}`;
  const passwordInput = `${unfinished}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  giveTo(unfinished, account);
  writeFileSync(passwordInput, `${password}\n`, { mode: 0o600 });
  giveTo(passwordInput, account);
  try {
    const options = [`--pgdata=${unfinished}`, `--username=${superuser}`, `--pwfile=${passwordInput}`];
    options.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C');
    if (ephemeral) options.push('--no-sync');
    const { code, output, error } = await run(join(binaries, 'initdb'), options, {
      account,
      cwd: '/',
      env: serverEnvironment(),
    });
    if (code !== 0) {
      const reason =
        error?.message ??
        output
          .trim()
          .split('\n')
          .find((line) => line.includes('error')) ??
        output;
      throw new Failure(`PostgreSQL could not create its data folder ${cluster}: ${reason.trim()}`);
    }
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    renameSync(unfinished, cluster);
  } finally {
    rmSync(passwordInput, { force: true });
    rmSync(unfinished, { recursive: true, force: true });
  }
}

export function readPassword(passwordFile) {
  try {
    return readFileSync(passwordFile, 'utf8').trim();
  } catch {
    throw new Failure(
      `The database's password file ${passwordFile} is missing or unreadable: restore it, or delete ${dirname(passwordFile)} to start afresh.`,
    );
  }
}

/** A clean environment: PG* variables of the caller's shell must not reach the server. */
export function serverEnvironment() {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * After a SIGKILL the lock file names a pid that may be nobody, a stranger, or a server that lives on.
 * Only a PostgreSQL that provably serves this folder is stopped.
 */
export async function clearStaleServer(cluster) {
  const lockFile = join(cluster, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
  if (Number.isInteger(pid) && pid > 1 && processStart(pid) !== undefined) {
    const command = commandLine(pid);
    if (command.includes('postgres') && command.includes(`-D ${cluster} `)) {
      const stopped = await stopProcess(pid, [
        ['SIGINT', 10_000],
        ['SIGQUIT', 5_000],
      ]);
      if (!stopped)
        throw new Failure(`PostgreSQL (process ${pid}) still uses ${cluster} and does not stop: end it.`);
    }
  }
  rmSync(lockFile, { force: true });
}
