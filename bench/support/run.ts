/** What one measurement leaves behind: servers, processes, folders; undone in reverse order however it ends. */
export interface Cleanup {
  later(undo: () => unknown): void;
}

/**
 * Runs a measurement and ends the process: whatever was started is ended first, also after an error or Ctrl-C.
 */
export function run(measurement: (cleanup: Cleanup) => Promise<void>): void {
  const undoing: (() => unknown)[] = [];
  const cleanUp = async (): Promise<void> => {
    for (let undo = undoing.pop(); undo !== undefined; undo = undoing.pop()) await undo();
  };
  process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)));
  process.once('SIGTERM', () => void cleanUp().then(() => process.exit(143)));
  void measurement({ later: (undo) => void undoing.push(undo) })
    .catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    })
    .then(cleanUp)
    .then(() => process.exit());
}

/** The value of `--name value` on the command line. */
export function option(name: string): string | undefined {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? undefined : process.argv[index + 1];
}
