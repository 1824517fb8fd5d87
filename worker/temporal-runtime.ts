import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';

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
