import type { Logger } from 'pino';

/** A terminal and npm may both deliver one Ctrl-C. */
const sameSignalMs = 1_000;

/**
 * Runs the phases of a shutdown once, on SIGTERM or SIGINT, each with its limit; a second signal forces the end.
 */
export function onShutdown(
  logger: Logger,
  phases: readonly {
    readonly name: string;
    readonly limitMs: number;
    readonly run: () => Promise<unknown>;
  }[],
): void {
  let stoppingSinceMs: number | null = null;
  const stop = (signal: string): void => {
    if (stoppingSinceMs !== null) {
      if (Date.now() - stoppingSinceMs < sameSignalMs) return;
      logger.warn({ signal }, 'forced end');
      process.exit(1);
    }
    stoppingSinceMs = Date.now();
    logger.info({ signal }, 'stopping');
    void runPhases(logger, phases).then(() => process.exit(0));
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
}

async function runPhases(logger: Logger, phases: Parameters<typeof onShutdown>[1]): Promise<void> {
  for (const phase of phases) {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), phase.limitMs);
    });
    const outcome = await Promise.race([
      phase.run().then(
        () => 'done' as const,
        () => 'failed' as const,
      ),
      limit,
    ]);
    clearTimeout(timer);
    logger.info({ phase: phase.name, outcome }, 'stopped');
  }
}
