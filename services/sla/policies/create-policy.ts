import type { Transaction } from '../../../prisma/client';
import type { Context } from '../../context';
import { newId } from '../../ids';
import { readOne } from '../../listing';
import { within } from '../../prisma-queryable';
import { lockTeam } from '../../teams/lock-team';
import { asUnknownTeam } from '../../teams/require-team';
import { change } from '../../transaction';
import {
  type PolicyContent,
  type PolicyContentChanges,
  type PolicyView,
  policyResource,
  withChanges,
} from './policy';
import { requireStagesOfTeam } from './policy-stages';
import { writePolicyVersion } from './write-policy-version';

export interface PolicyDraft extends PolicyContentChanges {
  readonly teamId: string;
  readonly name: string;
  readonly target: PolicyContent['target'];
}

/** spec.md §7: any ticket, warned at 80 %, resumed when reopened. */
const defaults = {
  criteria: { priorities: [] },
  pausedStageIds: [],
  pauseInPausedStages: true,
  warnAtPercent: 80,
  onReopen: 'resume',
} as const;

/**
 * Creates a policy with its first version. Tickets created from now on are measured by it (spec.md §7).
 * @throws DomainError `validation_failed`, `stage_of_another_team`.
 */
export function createPolicy(context: Context, draft: PolicyDraft): Promise<PolicyView> {
  return change(context, async ({ db, event }) => {
    const { teamId, name, target } = draft;
    const content = withChanges({ ...defaults, target }, draft);
    await lockNamedTeam(context, db, teamId);
    await requireStagesOfTeam(context, db, teamId, content);
    const id = newId('slaPolicy');
    await db.slaPolicy.create({ data: { companyId: context.companyId, id, teamId, name } });
    await writePolicyVersion(context, db, id, 1, content);
    const policy = await readOne<PolicyView>(context, policyResource, id, within(db));
    event({ kind: 'sla_policy.created', subjectId: id, after: policy });
    return policy;
  });
}

async function lockNamedTeam(context: Context, db: Transaction, teamId: string): Promise<void> {
  await lockTeam(context, db, teamId).catch(asUnknownTeam);
}
