import type { SlaState } from '../ticket/values';
import type { ClockStatus } from './clock';

/** What a ticket shows of one of its clocks. */
export interface ClockSummary {
  readonly status: ClockStatus;
  readonly deadlineMs: number | null;
  readonly atRiskAtMs: number | null;
  readonly atRiskObserved: boolean;
}

export interface TicketSla {
  readonly slaState: SlaState;
  /** The earliest live deadline; null while every clock is paused or finished. */
  readonly nextDeadlineMs: number | null;
  /** The next instant at which something becomes due: a warning or a breach. The workflow's one timer. */
  readonly nextWakeAtMs: number | null;
}

function earliest(instants: readonly (number | null)[]): number | null {
  const known = instants.filter((instant): instant is number => instant !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** One state for all of a ticket's clocks (spec.md §7); the worst one shows, and breached stays breached. */
export function summariseClocks(clocks: readonly ClockSummary[]): TicketSla {
  const live = clocks.filter((clock) => clock.status === 'running');
  const has = (status: ClockStatus): boolean => clocks.some((clock) => clock.status === status);
  let slaState: SlaState = 'none';
  if (has('breached')) slaState = 'breached';
  else if (live.some((clock) => clock.atRiskObserved)) slaState = 'at_risk';
  else if (live.length > 0) slaState = 'on_track';
  else if (has('paused')) slaState = 'paused';
  else if (has('reached')) slaState = 'reached';
  return {
    slaState,
    nextDeadlineMs: earliest(live.map((clock) => clock.deadlineMs)),
    nextWakeAtMs: earliest(live.map((clock) => (clock.atRiskObserved ? clock.deadlineMs : clock.atRiskAtMs))),
  };
}
