import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { processStart } from './processes.mjs';

/**
 * Runs `work` while no other process runs it under the same lock file.
 * A lock whose holder was killed is taken over; the holder is told apart from a re-used pid by its start time.
 */
export async function withLock(file, work, { limitMs = 15 * 60_000, onWait } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, start: processStart(process.pid) });
  const deadline = Date.now() + limitMs;
  let told = false;
  while (!take(file, mine)) {
    if (Date.now() > deadline)
      throw new Failure(`Another process has held ${file} too long: end it or delete the file.`);
    if (!told) onWait?.();
    told = true;
    await delay(100);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function take(file, mine) {
  try {
    writeFileSync(file, mine, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = readHolder(file);
  if (holder !== undefined && processStart(holder.pid) !== holder.start) rmSync(file, { force: true });
  return false;
}

/** Undefined also while the holder is still writing the file. */
function readHolder(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
