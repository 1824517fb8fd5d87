import type { Operation } from '../history';

/**
 * What is wrong with readers of one feed. Each goes on behind the last event it was answered (asked `reader`,
 * answered `ids` in order). `final` is the whole feed once all is quiet: each reader has seen its beginning, event by
 * event, without a gap, a repetition or another order, and at least so many events as stood there before it stopped.
 */
export function feedFindings(
  reads: readonly Operation[],
  final: readonly string[],
  leastSeen: number,
): string[] {
  const findings: string[] = [];
  if (new Set(final).size !== final.length) findings.push('the feed shows an event twice');
  const byReader = new Map<string, string[]>();
  for (const { asked, answered, outcome } of reads) {
    if (outcome !== 'ok') continue;
    const reader = String(asked.reader);
    byReader.set(reader, [...(byReader.get(reader) ?? []), ...(answered.ids as readonly string[])]);
  }
  for (const [reader, seen] of byReader) {
    const wrong = seen.findIndex((id, index) => id !== final[index]);
    if (wrong !== -1) findings.push(`reader ${reader} of the feed ${explain(seen, final, wrong)}`);
    else if (seen.length < leastSeen) {
      findings.push(`reader ${reader} of the feed stopped at ${seen.length} of ${leastSeen} events`);
    }
  }
  return findings;
}

function explain(seen: readonly string[], final: readonly string[], wrong: number): string {
  const id = seen[wrong] ?? '';
  if (seen.slice(0, wrong).includes(id)) return `saw ${id} again at ${wrong + 1}`;
  if (final.slice(wrong).includes(id)) return `missed ${final[wrong]} before ${id} at ${wrong + 1}`;
  return `saw ${id} at ${wrong + 1}, where there is none`;
}
