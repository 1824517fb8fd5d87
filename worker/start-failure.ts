import { StartError } from '../config/start-error';
import { temporalTrouble } from '../config/temporal';
import { isDatabaseUnavailable } from '../services/database-errors';

/** Ends a process that cannot start or go on with one sentence that says what to do, never a stack trace. */
export function endWithSentence(name: string, error: unknown): never {
  process.stderr.write(`${sentenceOf(name, error)}\n`);
  process.exit(1);
}

function sentenceOf(name: string, error: unknown): string {
  if (error instanceof StartError) return error.message;
  if (isDatabaseUnavailable(error)) {
    return `The ${name} cannot reach PostgreSQL; check DATABASE_URL and that the server runs.`;
  }
  const message = error instanceof Error ? error.message : String(error);
  if (
    temporalTrouble(error) !== null ||
    /transport error|ConnectionRefused|TransportError|connect/i.test(message)
  ) {
    return `The ${name} cannot reach Temporal; check TEMPORAL_ADDRESS and that the server runs.`;
  }
  return `The ${name} ended: ${message}`;
}
