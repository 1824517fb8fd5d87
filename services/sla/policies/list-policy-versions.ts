import type { Context } from '../../context';
import { readOne } from '../../listing';
import { type PolicyVersionView, policyResource, policyVersionsText } from './policy';

/**
 * Every version of a policy, newest first; none of them ever changes.
 * @throws DomainError `not_found` when the policy is not there for this caller.
 */
export async function listPolicyVersions(context: Context, policyId: string): Promise<PolicyVersionView[]> {
  await readOne(context, policyResource, policyId);
  const { rows } = await context.database.pool.query<PolicyVersionView>(policyVersionsText, [
    context.companyId,
    policyId,
  ]);
  return rows;
}
