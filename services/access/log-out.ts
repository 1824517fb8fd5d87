import { DomainError } from '../../domain/shared/errors';
import type { Context } from '../context';
import { change } from '../transaction';
import type { Identity } from './authenticate';

/**
 * Ends the session the request came with; its token is refused from the next request on. Ending it twice is
 * the same as once.
 * @throws DomainError `forbidden` for an API key, which has no session to end.
 */
export async function logOut(context: Context, identity: Identity): Promise<void> {
  if (identity.credentialKind === 'api_key') {
    throw new DomainError('forbidden', 'An API key has no session to end; delete the key to stop it.');
  }
  const { credentialId, userId } = identity;
  await change(context, async ({ db, event, unchanged }) => {
    const { count } = await db.session.updateMany({
      where: { companyId: context.companyId, id: credentialId, revokedAt: null },
      data: { revokedAt: context.now() },
    });
    if (count === 0) unchanged();
    else event({ kind: 'session.closed', subjectId: credentialId, after: { userId } });
    return {};
  });
}
