import type { Operation } from '../history';

/**
 * What is wrong with posted invoices: each acknowledged post (asked `invoice`, answered `number`) stands with its
 * number in the end, and no number stands on two invoices. `final`: the number of every invoice there is.
 */
export function postedFindings(
  posts: readonly Operation[],
  final: ReadonlyMap<string, string | null>,
): string[] {
  const findings: string[] = [];
  for (const { asked, answered, outcome } of posts) {
    const number = final.get(String(asked.invoice)) ?? null;
    if (outcome === 'ok' && number !== answered.number) {
      findings.push(
        `invoice ${String(asked.invoice)} was posted as ${String(answered.number)} and is ${number}`,
      );
    }
  }
  const numbers = [...final.values()].filter((number) => number !== null);
  for (const number of new Set(numbers.filter((each, index) => numbers.indexOf(each) !== index))) {
    findings.push(`two invoices have the number ${number}`);
  }
  return findings;
}
