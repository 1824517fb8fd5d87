/** What a stage does to a promise. */
export type Standing = 'running' | 'paused' | 'reached' | 'cancelled';

/** A ticket with one promise in a calendar that is open all the time, as the feed of events tells of it. */
export interface PromisedTicket {
  readonly id: string;
  readonly createdAtMs: number;
  readonly firstStageId: string;
  /** In the order of the feed. */
  readonly moves: readonly { readonly stageId: string; readonly atMs: number }[];
  readonly breaches: readonly { readonly dueAtMs: number; readonly observedAtMs: number }[];
  readonly warnings: readonly { readonly observedAtMs: number }[];
}

export interface SlaPromise {
  readonly targetMs: number;
  readonly warnAfterMs: number;
  readonly standings: ReadonlyMap<string, Standing>;
}

/** A deadline may be seen so much later without being missed, the time of a restart included. */
const slackMs = 15_000;

/**
 * What is wrong with the promises: each deadline that passed while its ticket ran has exactly one breach, dated at
 * the deadline and seen at or after it; one that did not pass has none; and no warning comes twice or too early. The
 * deadlines are computed here from the moves alone.
 */
export function slaFindings(
  tickets: readonly PromisedTicket[],
  promise: SlaPromise,
  nowMs: number,
): string[] {
  return tickets.flatMap((ticket) => {
    const due = dueOf(ticket, promise, nowMs);
    const findings: string[] = [];
    if (ticket.breaches.length > 1) findings.push(`${ticket.breaches.length} breaches of ${ticket.id}`);
    if (due.breachAtMs === null && ticket.breaches.length > 0) {
      findings.push(`a breach of ${ticket.id}, whose deadline did not pass`);
    }
    if (due.breachAtMs !== null && ticket.breaches.length === 0 && due.breachAtMs < nowMs - slackMs) {
      findings.push(`no breach of ${ticket.id}, due at ${new Date(due.breachAtMs).toISOString()}`);
    }
    for (const { dueAtMs, observedAtMs } of ticket.breaches) {
      if (due.breachAtMs !== null && dueAtMs !== due.breachAtMs) {
        findings.push(`the breach of ${ticket.id} is dated ${dueAtMs - due.breachAtMs} ms off its deadline`);
      }
      if (observedAtMs < dueAtMs) findings.push(`the breach of ${ticket.id} was seen before it was due`);
    }
    if (ticket.warnings.length > 1) findings.push(`${ticket.warnings.length} warnings of ${ticket.id}`);
    for (const { observedAtMs } of ticket.warnings) {
      if (due.warnAtMs === null || observedAtMs < due.warnAtMs) {
        findings.push(`the warning of ${ticket.id} came too early`);
      }
    }
    return findings;
  });
}

function dueOf(
  ticket: PromisedTicket,
  promise: SlaPromise,
  nowMs: number,
): { readonly breachAtMs: number | null; readonly warnAtMs: number | null } {
  const periods = [{ stageId: ticket.firstStageId, atMs: ticket.createdAtMs }, ...ticket.moves];
  let usedMs = 0;
  let warnAtMs: number | null = null;
  for (const [index, { stageId, atMs: fromMs }] of periods.entries()) {
    const next = periods[index + 1];
    if (promise.standings.get(stageId) !== 'running') continue;
    const untilMs = next?.atMs ?? nowMs;
    const nextStanding = next === undefined ? undefined : promise.standings.get(next.stageId);
    const deadlineMs = fromMs + promise.targetMs - usedMs;
    const warnMs = fromMs + promise.warnAfterMs - usedMs;
    if (usedMs < promise.warnAfterMs && warnMs <= untilMs) warnAtMs ??= warnMs;
    const ends = nextStanding === 'reached' || nextStanding === 'cancelled';
    if (deadlineMs < untilMs || (deadlineMs === untilMs && !ends))
      return { breachAtMs: deadlineMs, warnAtMs };
    usedMs += untilMs - fromMs;
  }
  return { breachAtMs: null, warnAtMs };
}
