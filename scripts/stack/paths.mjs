import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const cacheDirectory = join(repositoryRoot, '.cache');
export const binaryDirectory = join(cacheDirectory, 'bin');

/** DATA_DIR as an absolute path, so that every child agrees on it whatever its working directory. */
export function dataDirectory() {
  return resolve(repositoryRoot, process.env.DATA_DIR || '.data');
}

/** Readers see the old or the new content, never half of it, whoever writes at the same time. */
export function writeFileAtomically(file, content, mode = 0o644) {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.${Date.now()}`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, file);
}
