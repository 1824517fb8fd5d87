import type { Operation } from '../history';

/**
 * What is wrong with a set of things that clients make, such as tickets, entries or payments. Each has a `token` of
 * its own in what was asked. In the end there is everything that was acknowledged, nothing that was never asked for
 * or was refused, and nothing twice.
 */
export function setFindings(what: string, made: readonly Operation[], final: readonly string[]): string[] {
  const findings: string[] = [];
  const asked = new Map(made.map((operation) => [String(operation.asked.token), operation]));
  const there = new Set<string>();
  for (const token of final) {
    if (there.has(token)) findings.push(`${what} ${token} is there twice`);
    there.add(token);
    const operation = asked.get(token);
    if (operation === undefined) findings.push(`${what} ${token} was never asked for`);
    else if (operation.outcome === 'fail') findings.push(`${what} ${token} was refused and is there`);
  }
  for (const { asked: facts, outcome } of made) {
    const token = String(facts.token);
    if (outcome === 'ok' && !there.has(token)) findings.push(`acknowledged ${what} ${token} is missing`);
  }
  return findings;
}
