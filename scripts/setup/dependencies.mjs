import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Failure } from '../stack/failure.mjs';
import { repositoryRoot } from '../stack/paths.mjs';
import { run } from '../stack/processes.mjs';

const installLimitMs = 15 * 60_000;

/**
 * Compares what is installed with package-lock.json, package by package. File times would call for an install after
 * every checkout, and an install takes away the packages of whatever else is running.
 */
export function dependenciesAreInstalled() {
  const wanted = readLock('package-lock.json');
  if (wanted === undefined)
    throw new Failure('package-lock.json is missing: restore it from version control.');
  const installed = readLock(join('node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional, devOptional, peer }]) => {
    if (path === '') return true;
    const present = installed[path];
    if (present === undefined) return Boolean(optional || devOptional || peer);
    return present.version === version;
  });
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(join(repositoryRoot, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

export async function installDependencies() {
  // Install scripts are not relied on: the one step that matters is ours (links of the PostgreSQL libraries).
  const options = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const [command, ...leading] = npm && basename(npm) === 'npm-cli.js' ? [process.execPath, npm] : ['npm'];
  const { code, output, error } = await run(command, [...leading, ...options], {
    cwd: repositoryRoot,
    detached: false,
    limitMs: installLimitMs,
  });
  if (error !== undefined) throw new Failure('npm was not found: install Node.js with npm.');
  if (code !== 0) {
    process.stderr.write(output);
    throw new Failure(
      'The packages could not be installed (npm ci failed, see above): check the network, then try again.',
    );
  }
}
