import { hash } from 'node:crypto';
import type { Role, Scope } from '../../domain/shared/actor';
import { scopes as everyScope } from '../../domain/shared/actor';
import { DomainError } from '../../domain/shared/errors';
import type { Database } from '../../prisma/client';
import { batched } from '../lookup-batch';

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
  return Buffer.from(hash('sha256', secret, 'buffer'));
}

const sessionStatement = {
  name: 'authenticate_sessions',
  text: `SELECT encode(s.token_hash, 'base64') AS hash, s.id AS "credentialId", u.company_id AS "companyId",
      u.id AS "userId", u.role, NULL AS scopes
    FROM session s JOIN user_account u ON u.company_id = s.company_id AND u.id = s.user_id
    WHERE s.token_hash = ANY ($1) AND s.revoked_at IS NULL AND s.expires_at > now() AND u.active`,
};

const apiKeyStatement = {
  name: 'authenticate_api_keys',
  text: `SELECT encode(k.secret_hash, 'base64') AS hash, k.id AS "credentialId", u.company_id AS "companyId",
      u.id AS "userId", u.role, k.scopes
    FROM api_key k JOIN user_account u ON u.company_id = k.company_id AND u.id = k.user_id
    WHERE k.secret_hash = ANY ($1) AND k.revoked_at IS NULL AND u.active`,
};

interface CredentialRow {
  /** Base64. */
  readonly hash: string;
  readonly credentialId: string;
  readonly companyId: string;
  readonly userId: string;
  readonly role: Role;
  readonly scopes: Scope[] | null;
}

type Lookup = (hash: Buffer) => Promise<CredentialRow | undefined>;

interface Lookups {
  readonly session: Lookup;
  readonly apiKey: Lookup;
}

const lookupsByPool = new WeakMap<Database['pool'], Lookups>();

function lookupsOf({ pool }: Database): Lookups {
  const known = lookupsByPool.get(pool);
  if (known !== undefined) return known;
  const asking = (statement: { readonly name: string; readonly text: string }): Lookup =>
    batched(async (hashes) => {
      const { rows } = await pool.query<CredentialRow>({ ...statement, values: [hashes] });
      const found = new Map(rows.map((row) => [row.hash, row]));
      return hashes.map((hash) => found.get(hash.toString('base64')));
    });
  const made = { session: asking(sessionStatement), apiKey: asking(apiKeyStatement) };
  lookupsByPool.set(pool, made);
  return made;
}

/**
 * Who the credential stands for, asked of the database on every request: a revoked one stops at once. Requests that
 * arrive together are asked for together.
 * @throws DomainError `unauthenticated`
 */
export async function authenticate(database: Database, authorization: string | undefined): Promise<Identity> {
  const token = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    throw new DomainError('unauthenticated', 'Send your token or API key as "Authorization: Bearer …".');
  }
  const lookups = lookupsOf(database);
  const lookUp = token.startsWith(apiKeyPrefix) ? lookups.apiKey : lookups.session;
  const row = await lookUp(hashSecret(token));
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
