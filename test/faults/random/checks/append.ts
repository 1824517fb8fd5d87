import type { Operation } from '../history';

/**
 * What is wrong with lists that are only appended to, such as a ticket's messages. Of a post: `list`, `token` (of its
 * own); of a read: `list`, answered `tokens` in order. `final`: each list once all is quiet.
 *
 * An acknowledged post is never missing, also not from a read that began after it was acknowledged; nothing stands
 * twice or was never posted; and what a reader saw is the beginning of what stands there in the end, so that nobody
 * who goes on where they stopped misses one.
 */
export function appendFindings(
  posts: readonly Operation[],
  reads: readonly Operation[],
  final: ReadonlyMap<string, readonly string[]>,
): string[] {
  const findings: string[] = [];
  const posted = new Map<string, Operation>();
  for (const post of posts) posted.set(String(post.asked.token), post);
  for (const [list, tokens] of final) {
    findings.push(...repeated(tokens).map((token) => `${token} stands twice in ${list}`));
    for (const token of tokens) {
      const post = posted.get(token);
      if (post === undefined) findings.push(`${token} in ${list} was never posted`);
      else if (post.asked.list !== list) findings.push(`${token} stands in the wrong list, ${list}`);
      else if (post.outcome === 'fail') findings.push(`${token} was refused and stands in ${list}`);
    }
  }
  for (const { asked, outcome } of posts) {
    const tokens = final.get(String(asked.list)) ?? [];
    if (outcome === 'ok' && !tokens.includes(String(asked.token))) {
      findings.push(`acknowledged ${String(asked.token)} is missing from ${String(asked.list)}`);
    }
  }
  for (const read of reads) {
    if (read.outcome !== 'ok') continue;
    const list = String(read.asked.list);
    const seen = read.answered.tokens as readonly string[];
    const whole = final.get(list) ?? [];
    const wrong = seen.findIndex((token, index) => token !== whole[index]);
    if (wrong !== -1) {
      findings.push(
        `a reader of ${list} at ${Math.round(read.invokedAtMs)} ms saw ${seen[wrong]} in place ${wrong + 1}, where ${whole[wrong]} stands now`,
      );
    }
    for (const post of posts) {
      const before = post.outcome === 'ok' && (post.endedAtMs ?? 0) < read.invokedAtMs;
      if (before && post.asked.list === list && !seen.includes(String(post.asked.token))) {
        findings.push(`a read of ${list} misses ${String(post.asked.token)}, acknowledged before it began`);
      }
    }
  }
  return findings;
}

function repeated(tokens: readonly string[]): string[] {
  return [...new Set(tokens.filter((token, index) => tokens.indexOf(token) !== index))];
}
