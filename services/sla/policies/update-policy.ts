import { isDeepStrictEqual } from 'node:util';
import { notFound } from '../../../domain/shared/errors';
import type { Transaction } from '../../../prisma/client';
import type { Context } from '../../context';
import { readOne, requireVersion } from '../../listing';
import { within } from '../../prisma-queryable';
import { lockTeam } from '../../teams/lock-team';
import { change } from '../../transaction';
import { defined, nextVersion } from '../../update';
import { type PolicyContentChanges, type PolicyView, policyResource, withChanges } from './policy';
import { requireStagesOfTeam } from './policy-stages';
import { writePolicyVersion } from './write-policy-version';

export interface PolicyChanges extends PolicyContentChanges {
  readonly name?: string | undefined;
  readonly active?: boolean | undefined;
}

/**
 * Changes a policy for tickets created afterwards: a change of what it measures makes a new version, clocks that
 * run keep theirs (spec.md §7, `new_tickets`). Its name and whether it is active have no versions.
 * @throws DomainError `not_found`, `precondition_failed`, `validation_failed`, `stage_of_another_team`.
 */
export function updatePolicy(
  context: Context,
  id: string,
  changes: PolicyChanges,
  expectedVersion: number | undefined,
): Promise<PolicyView> {
  return change(context, async ({ db, event }) => {
    await lockTeamOf(context, db, id);
    const before = await readOne<PolicyView>(context, policyResource, id, within(db));
    requireVersion(before.version, expectedVersion);
    const { name, active } = changes;
    const currentVersion = await renew(context, db, before, changes);
    await db.slaPolicy.update({
      where: { companyId_id: { companyId: context.companyId, id } },
      data: { ...defined({ name, active }), currentVersion, ...nextVersion(context) },
    });
    const after = await readOne<PolicyView>(context, policyResource, id, within(db));
    event({ kind: 'sla_policy.updated', subjectId: id, before, after });
    return after;
  });
}

/** The team is locked first, as everywhere; a policy never changes its team. */
async function lockTeamOf(context: Context, db: Transaction, id: string): Promise<void> {
  const policy = await db.slaPolicy.findUnique({
    where: { companyId_id: { companyId: context.companyId, id } },
    select: { teamId: true },
  });
  if (policy === null) throw notFound(policyResource.name);
  await lockTeam(context, db, policy.teamId);
}

/** The version that holds the changed content: the present one when nothing of it differs, else a new one. */
async function renew(
  context: Context,
  db: Transaction,
  before: PolicyView,
  changes: PolicyContentChanges,
): Promise<number> {
  const content = withChanges(before, changes);
  if (isDeepStrictEqual(content, withChanges(before, {}))) return before.currentVersion;
  await requireStagesOfTeam(context, db, before.teamId, content);
  const number = before.currentVersion + 1;
  await writePolicyVersion(context, db, before.id, number, content);
  return number;
}
