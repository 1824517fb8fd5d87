import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cacheDirectory, repositoryRoot, writeFileAtomically } from '../stack/paths.mjs';

/** Every file below a path of the repository, or the path itself when it is a file, or nothing. */
export function filesBelow(path, accept = () => true) {
  const absolute = join(repositoryRoot, path);
  const status = statSync(absolute, { throwIfNoEntry: false });
  if (status === undefined) return [];
  if (status.isFile()) return [absolute];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && accept(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Changes when a file is added, removed or written. Reads no contents: this runs before every command. */
export function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(repositoryRoot, file)}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function stampFile(name) {
  return join(cacheDirectory, 'stamps', name);
}

export function isStamped(name, value) {
  try {
    return readFileSync(stampFile(name), 'utf8') === value;
  } catch {
    return false;
  }
}

export function stamp(name, value) {
  writeFileAtomically(stampFile(name), value);
}
