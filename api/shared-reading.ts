/**
 * A reading that all who ask share: those who come while it is under way, and those of a time after it. So it costs the
 * same however many ask.
 * @param keepMs how old the answer may be when it is given again; 0 for none but the reading that is under way.
 */
export function sharedReading<Result>(read: () => Promise<Result>, keepMs = 0): () => Promise<Result> {
  let reading: Promise<Result> | undefined;
  const forget = (): void => {
    reading = undefined;
  };
  return () => {
    reading ??= read().finally(() => {
      if (keepMs === 0) forget();
      else setTimeout(forget, keepMs).unref();
    });
    return reading;
  };
}
