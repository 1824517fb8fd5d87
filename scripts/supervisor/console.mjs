const errorLevel = 50;
const repeatAfterMs = 30_000;
const longestMessage = 300;

export function say(line = '') {
  process.stdout.write(`${line}\n`);
}

/**
 * Picks what a person should see out of a child's log: errors, each kind once in half a minute.
 * The whole log is in its file.
 */
export function createErrorSummary(name) {
  const lastSaid = new Map();
  let lastError;
  return {
    /** The newest error, for the sentence that says why a child was given up. */
    lastError: () => lastError,
    read(line) {
      const message = errorIn(line);
      if (message === undefined) return;
      lastError = message;
      const now = Date.now();
      if (now - (lastSaid.get(message) ?? 0) < repeatAfterMs) return;
      if (lastSaid.size > 1000) lastSaid.clear();
      lastSaid.set(message, now);
      say(`[${name}] ${message}`);
    },
  };
}

function errorIn(line) {
  // Nearly every line is JSON below error level; those are not worth parsing.
  if (line.startsWith('{'))
    return /"level":\s*("error"|"fatal"|[5-9]\d)/.test(line) ? messageOf(line) : undefined;
  return /^\s+at |^\s*$/.test(line) || !/error|fail|cannot|must|refuse/i.test(line)
    ? undefined
    : shorten(line);
}

function messageOf(line) {
  try {
    const { level, msg, err } = JSON.parse(line);
    if (typeof level === 'number' && level < errorLevel) return undefined;
    return shorten([...new Set([msg, err?.message].filter(Boolean))].join(': '));
  } catch {
    return shorten(line);
  }
}

function shorten(text) {
  const oneLine = text.replace(/\s+/g, ' ').trim();
  return oneLine.length > longestMessage ? `${oneLine.slice(0, longestMessage)}…` : oneLine;
}
