/**
 * Loaded into a process with `--require`: measures how long its event loop is held up by the process itself, as
 * processor time of its main thread between two turns. Waiting for a processor that others use does not count, so
 * the figure is the same on a busy machine. SIGUSR2 prints the longest stretch since the last one, as a line of JSON.
 */
const everyMs = 2;
const holdUpMs = Number(process.env.TEST_HOLD_UP_MS ?? 0);

let longestMicros = 0;
let last = usedMicros();

function usedMicros() {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

setInterval(() => {
  const now = usedMicros();
  longestMicros = Math.max(longestMicros, now - last);
  last = now;
}, everyMs).unref();

/** What the measurement has to notice, for the test of itself. */
function holdUp() {
  const until = usedMicros() + holdUpMs * 1000;
  while (usedMicros() < until);
}

process.on('SIGUSR2', () => {
  process.stdout.write(`${JSON.stringify({ msg: 'held up', milliseconds: longestMicros / 1000 })}\n`);
  longestMicros = 0;
  // Again and again: one alone may fall between two requests of who watches.
  if (holdUpMs > 0) setInterval(holdUp, 300).unref();
});
