import { createHash } from 'node:crypto';
import { DomainError } from '../../domain/shared/errors';
import { anyOperator } from '../command-fingerprint';
import type { Command } from '../context';

/**
 * Carries out what an operator asked for in a ticket's workflow, once. A signal has no id but its place among the
 * signals; after a reset that left signals out, another one may stand in the place of one that was carried out, and
 * is then a command of its own. The same content in the same place counts as the same signal.
 * @param content Plain values. What it holds of a signal must not change from release to release, or a reset takes
 *   the signals before for others.
 */
export async function asOperator<Result>(
  commandId: string,
  content: object,
  carryOut: (command: Command) => Promise<Result>,
): Promise<Result> {
  const digest = createHash('sha256')
    .update(JSON.stringify(sorted(content)))
    .digest('hex')
    .slice(0, 24);
  const fingerprint = `${anyOperator}-${digest}`;
  try {
    return await carryOut({ commandId, fingerprint, replayed: false });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'idempotency_key_reused') throw error;
    return carryOut({ commandId: `${commandId}-${digest}`, fingerprint, replayed: false });
  }
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, sorted(member)] as const);
  return Object.fromEntries(members.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
