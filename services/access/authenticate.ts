import { hash } from 'node:crypto';
import type { Role, Scope } from '../../domain/shared/actor';
import { scopes as everyScope } from '../../domain/shared/actor';
import { DomainError } from '../../domain/shared/errors';
import type { Database } from '../../prisma/client';
import {
  apiKeyInForce,
  apiKeyWithAccount,
  sessionInForce,
  sessionWithAccount,
} from '../../prisma/statements/caller-in-force';
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
    FROM ${sessionWithAccount} WHERE s.token_hash = ANY ($1) AND ${sessionInForce}`,
};

const apiKeyStatement = {
  name: 'authenticate_api_keys',
  text: `SELECT encode(k.secret_hash, 'base64') AS hash, k.id AS "credentialId", u.company_id AS "companyId",
      u.id AS "userId", u.role, k.scopes
    FROM ${apiKeyWithAccount} WHERE k.secret_hash = ANY ($1) AND ${apiKeyInForce}`,
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

interface Callers {
  readonly session: Lookup;
  readonly apiKey: Lookup;
  /** Who was let in before, by hash of the credential in base64. */
  readonly remembered: Map<string, Identity>;
}

/** Then all are forgotten, and asked for again. */
const mostRemembered = 10_000;

const callersByPool = new WeakMap<Database['pool'], Callers>();

function callersOf({ pool }: Database): Callers {
  const known = callersByPool.get(pool);
  if (known !== undefined) return known;
  const asking = (statement: { readonly name: string; readonly text: string }): Lookup =>
    batched(async (hashes) => {
      const { rows } = await pool.query<CredentialRow>({ ...statement, values: [hashes] });
      const found = new Map(rows.map((row) => [row.hash, row]));
      return hashes.map((hash) => found.get(hash.toString('base64')));
    });
  const made = {
    session: asking(sessionStatement),
    apiKey: asking(apiKeyStatement),
    remembered: new Map<string, Identity>(),
  };
  callersByPool.set(pool, made);
  return made;
}

/**
 * Who the credential stands for, asked of the database on every request: a revoked one stops at once. Requests that
 * arrive together are asked for together.
 * @throws DomainError `unauthenticated`
 */
export async function authenticate(database: Database, authorization: string | undefined): Promise<Identity> {
  const token = tokenOf(authorization);
  if (token === undefined) {
    throw new DomainError('unauthenticated', 'Send your token or API key as "Authorization: Bearer …".');
  }
  const callers = callersOf(database);
  const lookUp = token.startsWith(apiKeyPrefix) ? callers.apiKey : callers.session;
  const secretHash = hashSecret(token);
  const key = secretHash.toString('base64');
  const row = await lookUp(secretHash);
  if (row === undefined) {
    callers.remembered.delete(key);
    throw new DomainError(
      'unauthenticated',
      'The token or API key is unknown, expired or revoked; log in again.',
    );
  }
  const identity: Identity = {
    companyId: row.companyId,
    userId: row.userId,
    role: row.role,
    scopes: row.scopes ?? everyScope,
    credentialId: row.credentialId,
    credentialKind: row.scopes === null ? 'session' : 'api_key',
  };
  if (callers.remembered.size >= mostRemembered) callers.remembered.clear();
  callers.remembered.set(key, identity);
  return identity;
}

/** A caller as this process last saw them. What is done for them must be confirmed by the statement that does it. */
export interface RememberedCaller {
  readonly identity: Identity;
  readonly secretHash: Buffer;
}

/** Who the credential stood for when it was last looked up, without asking again; `undefined` when it is not known. */
export function recall(database: Database, authorization: string | undefined): RememberedCaller | undefined {
  const token = tokenOf(authorization);
  if (token === undefined) return undefined;
  const secretHash = hashSecret(token);
  const identity = callersOf(database).remembered.get(secretHash.toString('base64'));
  return identity === undefined ? undefined : { identity, secretHash };
}

function tokenOf(authorization: string | undefined): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization ?? '')?.[1];
}
