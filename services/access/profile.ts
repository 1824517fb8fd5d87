import type { Role, Scope } from '../../domain/shared/actor';
import type { Context } from '../context';
import { readOne } from '../listing';
import { prepared } from '../statements-transaction';
import { type UserView, userResource } from '../users/user';
import type { Identity } from './authenticate';

export interface Profile {
  readonly id: string;
  readonly companyId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly credential: {
    readonly kind: 'session' | 'api_key';
    readonly id: string;
    /** `null` for an API key, which ends when it is deleted. */
    readonly expiresAt: string | null;
  };
}

/** Who the request's credential stands for, what it may do and until when. */
export async function readProfile(context: Context, identity: Identity): Promise<Profile> {
  const { id, email, name, role } = await readOne<UserView>(context, userResource, identity.userId);
  const { credentialKind, credentialId } = identity;
  const expiresAt =
    credentialKind === 'session' ? await endOfSession(context, identity.companyId, credentialId) : null;
  return {
    id,
    companyId: identity.companyId,
    email,
    name,
    role,
    scopes: identity.scopes,
    credential: {
      kind: credentialKind,
      id: credentialId,
      expiresAt,
    },
  };
}

async function endOfSession(
  { database }: Context,
  companyId: string,
  sessionId: string,
): Promise<string | null> {
  const { rows } = await prepared(database.pool).query(
    'SELECT expires_at AS "expiresAt" FROM session WHERE company_id = $1 AND id = $2',
    [companyId, sessionId],
  );
  const [session] = rows as { readonly expiresAt: string }[];
  return session?.expiresAt ?? null;
}
