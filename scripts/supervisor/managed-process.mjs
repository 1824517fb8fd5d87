import { createWriteStream, mkdirSync, renameSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot } from '../stack/paths.mjs';
import { exitOf, forgetProcess, recordProcess, spawnOwned, stopChild } from '../stack/processes.mjs';
import { createErrorSummary, say } from './console.mjs';
import { createRestartPolicy } from './restart-policy.mjs';

const largestLogBytes = 20 * 1024 * 1024;

/** One Node.js child that is kept running: logged to its file, restarted when it crashes, stopped on request. */
export function createManagedProcess({ name, node, program, environment, settings, onGiveUp }) {
  const pidFile = join(settings.runDirectory, `${name}.json`);
  const logFile = join(settings.logDirectory, `${name}.log`);
  const summary = createErrorSummary(name);
  const policy = createRestartPolicy();
  const log = openLog(logFile);
  let child;
  let restart;
  let stopping = false;

  function start() {
    child = spawnOwned(node, ['--enable-source-maps', program], {
      cwd: repositoryRoot,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) recordProcess(pidFile, child.pid);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${line}\n`);
        summary.read(line);
      });
    }
    void exitOf(child).then(afterExit);
  }

  function afterExit({ code, signal, error }) {
    if (stopping) return;
    forgetProcess(pidFile);
    const delayMs = policy.delayAfterCrash();
    const how = error?.message ?? (signal ? `by ${signal}` : `with code ${code}`);
    if (delayMs === undefined) {
      const reason = summary.lastError() ?? `it ended ${how}`;
      onGiveUp(`The ${name} keeps ending (last: ${reason}): see ${logFile}.`);
      return;
    }
    say(`[${name}] ended ${how}; starting it again`);
    restart = setTimeout(start, delayMs);
  }

  return {
    name,
    start,
    async stop(limitMs) {
      stopping = true;
      clearTimeout(restart);
      if (child !== undefined) {
        await stopChild(child, [
          ['SIGTERM', limitMs],
          ['SIGKILL', 2_000],
        ]);
      }
      forgetProcess(pidFile);
      log.end();
    },
    kill() {
      stopping = true;
      clearTimeout(restart);
      child?.kill('SIGKILL');
    },
  };
}

function openLog(file) {
  mkdirSync(dirname(file), { recursive: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largestLogBytes) {
    renameSync(file, join(dirname(file), `${basename(file, '.log')}.previous.log`));
  }
  return createWriteStream(file, { flags: 'a' });
}
