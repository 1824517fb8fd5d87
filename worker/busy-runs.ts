/** A run is continued at 500 events of history, and a signal and what it leads to leave at least four. */
const signalsWithoutRest = 100;
const restStepMs = 50;
const longestRestMs = 5_000;
/** Signals further apart than this leave time enough between them. */
const busyWithinMs = 10_000;

interface BusyRun {
  readonly runId: string;
  readonly signals: number;
  readonly lastSignalMs: number;
}

/**
 * Runs of tickets that signals come to one after the other. Temporal refuses to continue a run as new while a signal
 * comes in, so that under a stream of them its history would grow for as long as the stream lasts: such a run is left
 * alone after each, for longer and longer, until it has been continued.
 */
export class BusyRuns {
  /** By ticket, the one that was signalled longest ago first. */
  private readonly runs = new Map<string, BusyRun>();

  /** Notes a signal to a ticket's run and answers for how many milliseconds it gets no other. */
  signalled(ticketId: string, runId: string, nowMs: number): number {
    this.forgetQuiet(nowMs);
    const known = this.runs.get(ticketId);
    const signals = known?.runId === runId ? known.signals + 1 : 1;
    this.runs.delete(ticketId);
    this.runs.set(ticketId, { runId, signals, lastSignalMs: nowMs });
    return Math.min(Math.max(0, signals - signalsWithoutRest) * restStepMs, longestRestMs);
  }

  private forgetQuiet(nowMs: number): void {
    for (const [ticketId, { lastSignalMs }] of this.runs) {
      if (nowMs - lastSignalMs < busyWithinMs) return;
      this.runs.delete(ticketId);
    }
  }
}
