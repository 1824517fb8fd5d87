import { setTimeout as delay } from 'node:timers/promises';
import { say } from './console.mjs';
import { createRestartPolicy } from './restart-policy.mjs';

/**
 * Keeps an embedded server running. It comes back on the port it had, so its users reconnect by themselves.
 * @param start resolves with `{ exited, stop() }`
 */
export async function keepServerRunning({ name, start, onGiveUp }) {
  const policy = createRestartPolicy();
  let stopping = false;
  let server = await start();
  let starting = Promise.resolve();

  function watch() {
    server.exited.then(() => {
      if (!stopping) starting = startAgain();
    });
  }

  async function startAgain() {
    const delayMs = policy.delayAfterCrash();
    if (delayMs === undefined) {
      onGiveUp(`${name} keeps ending: see its log in the data folder.`);
      return;
    }
    say(`[${name}] ended; starting it again`);
    await delay(delayMs);
    if (stopping) return;
    try {
      server = await start();
      watch();
    } catch (error) {
      onGiveUp(error.message);
    }
  }

  watch();
  return {
    ...server,
    async stop() {
      stopping = true;
      await starting;
      await server.stop();
    },
  };
}
