import { createHash } from 'node:crypto';
import type { Role, Scope } from '../../domain/shared/actor';
import { scopes as everyScope } from '../../domain/shared/actor';
import { DomainError } from '../../domain/shared/errors';
import type { Database } from '../../prisma/client';

/** Who a request's bearer credential stands for. */
export interface Identity {
  readonly companyId: string;
  readonly userId: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** The session or key, for rate limits and logout. */
  readonly credentialId: string;
  readonly credentialKind: 'session' | 'api_key';
}

export const sessionTokenPrefix = 'kds_';
export const apiKeyPrefix = 'kdk_';

/** Secrets have 256 random bits, so a fast hash is right for them; only passwords need a slow one. */
export function hashSecret(secret: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(secret).digest();
}

const sessionStatement = {
  name: 'authenticate_session',
  text: `SELECT s.id AS "credentialId", u.company_id AS "companyId", u.id AS "userId", u.role, NULL AS scopes
    FROM session s JOIN user_account u ON u.company_id = s.company_id AND u.id = s.user_id
    WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND u.active`,
};

const apiKeyStatement = {
  name: 'authenticate_api_key',
  text: `SELECT k.id AS "credentialId", u.company_id AS "companyId", u.id AS "userId", u.role, k.scopes
    FROM api_key k JOIN user_account u ON u.company_id = k.company_id AND u.id = k.user_id
    WHERE k.secret_hash = $1 AND k.revoked_at IS NULL AND u.active`,
};

interface CredentialRow {
  readonly credentialId: string;
  readonly companyId: string;
  readonly userId: string;
  readonly role: Role;
  readonly scopes: Scope[] | null;
}

/**
 * Who the credential stands for, asked of the database on every request: a revoked one stops at once.
 * @throws DomainError `unauthenticated`
 */
export async function authenticate(database: Database, authorization: string | undefined): Promise<Identity> {
  const token = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    throw new DomainError('unauthenticated', 'Send your token or API key as "Authorization: Bearer …".');
  }
  const statement = token.startsWith(apiKeyPrefix) ? apiKeyStatement : sessionStatement;
  const { rows } = await database.pool.query<CredentialRow>({ ...statement, values: [hashSecret(token)] });
  const row = rows[0];
  if (row === undefined) {
    throw new DomainError(
      'unauthenticated',
      'The token or API key is unknown, expired or revoked; log in again.',
    );
  }
  return {
    companyId: row.companyId,
    userId: row.userId,
    role: row.role,
    scopes: row.scopes ?? everyScope,
    credentialId: row.credentialId,
    credentialKind: row.scopes === null ? 'session' : 'api_key',
  };
}
