import pino, { type Logger } from 'pino';

/** A logger whose lines stay in memory, so that a test can say what is and what is not in them. */
export interface CapturedLog {
  readonly logger: Logger;
  /** Everything written so far, as it would stand in the file. */
  text(): string;
  lines(): Record<string, unknown>[];
  clear(): void;
}

export function captureLog(): CapturedLog {
  let written: string[] = [];
  const logger = pino(
    { level: 'trace' },
    {
      write(line: string) {
        written.push(line);
      },
    },
  );
  return {
    logger,
    text: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    clear() {
      written = [];
    },
  };
}
