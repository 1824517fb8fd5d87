import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { processStart } from './processes.mjs';

/**
 * Takes a lock file for this process, or says who holds it. A lock whose holder was killed is taken over; the holder
 * is told apart from a re-used pid by its start time.
 */
export function takeLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, start: processStart(process.pid) });
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: 'wx' });
      return lockHeldBy(file);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = readHolder(file);
    if (holder === undefined || processStart(holder.pid) === holder.start) return { holder: holder?.pid };
    rmSync(file, { force: true });
  }
}

function lockHeldBy(file) {
  const remove = () => rmSync(file, { force: true });
  process.once('exit', remove);
  const release = () => {
    process.removeListener('exit', remove);
    remove();
  };
  return { release };
}

/** Undefined while the holder is still writing the file. */
function readHolder(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Runs `work` while no other process runs it under the same lock file. */
export async function withLock(file, work, { limitMs = 15 * 60_000, onWait } = {}) {
  const deadline = Date.now() + limitMs;
  let lock = takeLock(file);
  if (lock.release === undefined) onWait?.();
  while (lock.release === undefined) {
    if (Date.now() > deadline) {
      throw new Failure(`Another process has held ${file} too long: end it or delete the file.`);
    }
    await delay(100);
    lock = takeLock(file);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}
