const firstDelayMs = 250;
const longestDelayMs = 5_000;
const crashesAllowed = 5;
const windowMs = 60_000;

/** Brings a crashed part back ever more slowly, and gives up on one that keeps crashing. */
export function createRestartPolicy(now = Date.now) {
  let crashes = [];
  return {
    /** How long to wait before the next start; undefined when it is time to give up. */
    delayAfterCrash() {
      crashes = [...crashes.filter((at) => now() - at < windowMs), now()];
      if (crashes.length > crashesAllowed) return undefined;
      return Math.min(firstDelayMs * 2 ** (crashes.length - 1), longestDelayMs);
    },
  };
}
