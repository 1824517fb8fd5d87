/**
 * A failure whose message is one sentence for the person at the keyboard: what is wrong and what to do.
 * Everything else that is thrown is a defect of ours.
 */
export class Failure extends Error {
  name = 'Failure';
}

/** Prints one sentence instead of a stack trace and leaves with exit code 1. */
export function exitWithSentence(error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exit(1);
}

export function sentenceOf(error) {
  const message = error instanceof Error ? error.message : String(error);
  return process.env.KEEPDESK_TRACE === '1' && error instanceof Error ? (error.stack ?? message) : message;
}
