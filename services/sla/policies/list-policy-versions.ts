import type { Context } from '../../context';
import { type Page, type PageQuery, readOne } from '../../listing';
import { listUnder } from '../../listing-under';
import { type PolicyVersionView, policyResource, policyVersionResource } from './policy';

/**
 * One page of the versions of a policy; none of them ever changes.
 * @throws DomainError `not_found` when the policy is not there for this caller.
 */
export async function listPolicyVersions(
  context: Context,
  policyId: string,
  page: PageQuery,
): Promise<Page<PolicyVersionView>> {
  await readOne(context, policyResource, policyId);
  return listUnder(context, policyVersionResource, { column: 'v.policy_id', id: policyId }, page);
}
