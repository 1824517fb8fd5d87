import type { PlannedFault } from './fault-plan';
import type { Operation } from './history';

/** What came of a run. */
export interface Report {
  readonly seed: number;
  readonly findings: readonly string[];
  readonly faults: number;
  readonly operations: number;
  /** For people. */
  readonly text: string;
}

const mostFindings = 40;

/** Counts a run and puts it into words. */
export function reportOf(run: {
  readonly seed: number;
  readonly durationMs: number;
  readonly drainedMs: number;
  readonly plan: readonly PlannedFault[];
  readonly operations: readonly Operation[];
  readonly findings: readonly string[];
}): Report {
  const { seed, plan, findings } = run;
  const operations = run.operations.filter(({ action }) => action !== 'fault');
  const tally = (names: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  };
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const outcomes = tally(operations.map(({ outcome }) => outcomeWords[outcome]));
  const kinds = tally(plan.map(({ fault }) => (fault.kind === 'kill' ? `kill ${fault.target}` : fault.kind)));
  const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
  const lines = [
    `seed ${seed}: ${seconds(run.durationMs)} of faults, quiet ${seconds(run.drainedMs)} after the last one was healed`,
    `faults: ${plan.length} (${list(kinds)})`,
    `operations: ${operations.length} (${list(outcomes)})`,
    `  ${list(tally(operations.map(({ action }) => action)))}`,
    `findings: ${findings.length === 0 ? 'none' : findings.length}`,
    ...findings.slice(0, mostFindings).map((finding) => `  ${finding}`),
    ...(findings.length > mostFindings ? [`  and ${findings.length - mostFindings} more`] : []),
  ];
  return { seed, findings, faults: plan.length, operations: operations.length, text: lines.join('\n') };
}

const outcomeWords = { ok: 'done', fail: 'refused', info: 'unknown' } as const;
