import { DefaultLogger, Runtime } from '@temporalio/worker';
import pino, { type Logger } from 'pino';

/** JSON lines on standard output; ids only, as everywhere. */
export function createLogger(process: string, level: string): Logger {
  return pino({ level, base: { process }, timestamp: pino.stdTimeFunctions.isoTime });
}

/** Sends the Temporal SDK's own lines through our logger. Called once per process, before anything else of the SDK. */
export function installTemporalRuntime(logger: Logger): void {
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      const { error, ...known } = (meta ?? {}) as Record<string, unknown>;
      const line = {
        ...known,
        ...(error instanceof Error ? { errorName: error.name } : {}),
      };
      if (level === 'ERROR') logger.error(line, message);
      else if (level === 'WARN') logger.warn(line, message);
      else if (level === 'INFO') logger.debug(line, message);
    }),
  });
}
