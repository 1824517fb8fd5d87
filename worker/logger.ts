import pino, { type Logger } from 'pino';

/** JSON lines on standard output; ids only, as everywhere. */
export function createLogger(process: string, level: string): Logger {
  return pino({ level, base: { process }, timestamp: pino.stdTimeFunctions.isoTime });
}
