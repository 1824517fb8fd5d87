import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { writeFileAtomically } from './paths.mjs';

/**
 * When a process began, or undefined when there is none. Together with the pid this names one process for good:
 * a pid is used again, a pid with its start time is not (the boot id tells reboots apart).
 */
export function processStart(pid) {
  if (process.platform === 'linux') {
    try {
      const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z') return undefined;
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
    } catch {
      return undefined;
    }
  }
  const answer = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return answer.stdout?.trim() || undefined;
}

export function commandLine(pid) {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}

export function recordProcess(file, pid) {
  writeFileAtomically(file, JSON.stringify({ pid, start: processStart(pid) }));
}

export function forgetProcess(file) {
  rmSync(file, { force: true });
}

/** The recorded process if it is still that very process, else undefined. */
function recordedProcess(file) {
  try {
    const { pid, start } = JSON.parse(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && start !== undefined && processStart(pid) === start ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function waitUntilGone(pid, limitMs) {
  const start = processStart(pid);
  const deadline = Date.now() + limitMs;
  while (start !== undefined && processStart(pid) === start) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}

/**
 * Ends a process, each step harder than the one before.
 * @param {[NodeJS.Signals, number][]} steps signal and how long to wait for its effect
 */
export async function stopProcess(pid, steps) {
  for (const [name, limitMs] of steps) {
    signal(pid, name);
    if (await waitUntilGone(pid, limitMs)) return true;
  }
  return false;
}

/** The same for a child of ours. Node.js knows when it has ended, so a re-used pid is never hit. */
export async function stopChild(child, steps) {
  if (child.pid === undefined) return true;
  const ended = exitOf(child);
  for (const [name, limitMs] of steps) {
    if (child.exitCode !== null || child.signalCode !== null) return true;
    child.kill(name);
    // Taken back when the child has ended: a timer left over would keep the caller's process alive.
    const timer = new AbortController();
    const limit = delay(limitMs, false, { signal: timer.signal }).catch(() => false);
    const hasEnded = await Promise.race([ended.then(() => true), limit]);
    timer.abort();
    if (hasEnded) return true;
  }
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ends what an earlier, killed run of the same data directory left behind. Says whether there was anything. */
export async function stopLeftOver(pidFile, steps) {
  const pid = recordedProcess(pidFile);
  if (pid !== undefined) await stopProcess(pid, steps);
  forgetProcess(pidFile);
  return pid !== undefined;
}

let parentDeathSupport;
function canFollowParent() {
  parentDeathSupport ??=
    process.platform === 'linux' &&
    (spawnSync('setpriv', ['--help'], { encoding: 'utf8' }).stdout ?? '').includes('--pdeathsig');
  return parentDeathSupport;
}

/** Options of `setpriv` for another user that may still read our files. */
export function accessPrivileges({ uid, gid }) {
  return [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    // Without it access(2) leaves the capability out of account, and initdb goes by its answer.
    '--securebits=+no_setuid_fixup',
  ];
}

/**
 * Starts a child that does not outlive us, even when we are killed with SIGKILL (Linux: parent death signal;
 * elsewhere the next start finds it by its pid file). It gets a process group of its own, because Ctrl-C
 * reaches the whole foreground group and would take the database down before its users.
 */
export function spawnOwned(
  command,
  commandArguments,
  { account, parentDeathSignal = 'TERM', ...options } = {},
) {
  const follow = canFollowParent();
  const privileges = account?.needsAccess ? accessPrivileges(account) : [];
  if (follow) privileges.push('--pdeathsig', parentDeathSignal);
  const identity = account && !account.needsAccess ? { uid: account.uid, gid: account.gid } : {};
  return privileges.length === 0
    ? spawn(command, commandArguments, { detached: true, ...identity, ...options })
    : spawn('setpriv', [...privileges, '--', command, ...commandArguments], {
        detached: true,
        ...identity,
        ...options,
      });
}

/** Resolves with how a child ended; never rejects, also when it could not be started at all. */
export function exitOf(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, signalName) => resolve({ code, signal: signalName }));
  });
}

/** Runs a short command to its end and keeps what it printed. */
export async function run(command, commandArguments, { limitMs = 120_000, ...options } = {}) {
  const child = spawnOwned(command, commandArguments, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const timer = setTimeout(
    () => signal(options.detached === false ? child.pid : -child.pid, 'SIGKILL'),
    limitMs,
  );
  const closed = new Promise((resolve) => child.once('close', resolve));
  const result = await exitOf(child);
  if (result.error === undefined) await closed;
  clearTimeout(timer);
  // What a shell, or the wrapper that ties the command to us, answers for a command that does not exist.
  if (result.code === 127 && /not found|no such file/i.test(output))
    return { ...result, output, error: new Error(`${command} was not found`) };
  return { ...result, output };
}
