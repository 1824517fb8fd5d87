import { createHmac } from 'node:crypto';
import type { Request } from 'express';
import { DomainError, invalidField } from '../../domain/shared/errors';
import type { Database } from '../../prisma/client';
import type { Identity } from '../../services/access/authenticate';
import type { Command, Context, UnconfirmedCaller } from '../../services/context';
import { derivedId, newId } from '../../services/ids';
import type { Access } from '../route';

const requestIdPattern = /^[A-Za-z0-9._-]{8,100}$/;
const idempotencyKeyPattern = /^[\x21-\x7e]{1,255}$/;

/** The client's `X-Request-Id` where it is usable, else a new one; it stands in the answer, logs and events. */
export function requestIdOf(header: string | undefined): string {
  return header !== undefined && requestIdPattern.test(header) ? header : newId('request');
}

/** Members in one order, so that the same body has the same fingerprint however it was written. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  );
}

/**
 * The command of a request (RFC draft-ietf-httpapi-idempotency-key-header-07): with an `Idempotency-Key` its id
 * follows from caller and key, without one it is new, and `null` for methods that change nothing.
 * @throws DomainError `validation_failed` for a key that is not 1 to 255 printable characters.
 */
export function commandOf(request: Request, identity: Identity, alwaysNamed: boolean): Command | null {
  const key = request.get('idempotency-key');
  if (key === undefined && !alwaysNamed) return null;
  if (key !== undefined && !idempotencyKeyPattern.test(key)) {
    throw invalidField(
      '/header/Idempotency-Key',
      'bad_value',
      'The key must be 1 to 255 printable characters.',
    );
  }
  // Keyed by the client's key, which is not stored: a body with a password must not be guessable from its print.
  const fingerprint = createHmac('sha256', key ?? '')
    .update(`${request.method} ${request.path}\n${JSON.stringify(canonical(request.body ?? null))}`)
    .digest('base64url');
  const commandId =
    key === undefined ? newId('command') : derivedId('command', identity.companyId, identity.userId, key);
  return { commandId, fingerprint, replayed: false };
}

/** A caller taken from memory, and how to look up who they are now. */
export type CallerInDoubt = Omit<UnconfirmedCaller, 'confirm'> & {
  /** @throws DomainError `unauthenticated`, `forbidden` */
  confirm(): Promise<Identity>;
};

/** What the verbs of this request get. */
export function contextOf(
  identity: Identity,
  requestId: string,
  command: Command | null,
  database: Database,
  unconfirmed?: CallerInDoubt,
): Context {
  return {
    companyId: identity.companyId,
    actor: { type: 'user', userId: identity.userId },
    role: identity.role,
    requestId,
    command,
    database,
    now: () => new Date(),
    ...(unconfirmed === undefined
      ? {}
      : {
          unconfirmed: {
            ...unconfirmed,
            confirm: async () => contextOf(await unconfirmed.confirm(), requestId, command, database),
          },
        }),
  };
}

/**
 * The version named by `If-Match` (RFC 9110 §13.1.1); `*` and no header mean any.
 * @throws DomainError `validation_failed` for anything that is not one of our entity tags.
 */
export function expectedVersionOf(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const version = /^"v([1-9]\d{0,9})"$/.exec(header.trim())?.[1];
  if (version === undefined) {
    throw invalidField(
      '/header/If-Match',
      'bad_value',
      'Send the ETag of the record as you read it, such as "v3".',
    );
  }
  return Number(version);
}

/** Whether `If-None-Match` names the tag, weakly compared as RFC 9110 §13.1.2 says. */
export function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((given) => ['*', tag, `W/${tag}`].includes(given.trim()));
}

/** Milliseconds of `Prefer: wait=N` (RFC 7240 §4.3), at most 30 s. */
export function waitMsOf(header: string | undefined): number {
  const seconds = /(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])/.exec(header ?? '')?.[1];
  return Math.min(Number(seconds ?? 0), 30) * 1000;
}

type RestrictedAccess = Exclude<Access, 'public'>;

/** Whether the role and the key's scopes allow it. */
export function mayCall({ role, scopes }: Identity, access: RestrictedAccess): boolean {
  return access.roles.includes(role) && scopes.includes(access.scope);
}

/** Refuses what the role or the key's scopes do not allow. @throws DomainError `forbidden` */
export function requireAccess(identity: Identity, access: RestrictedAccess): void {
  if (!access.roles.includes(identity.role)) {
    throw new DomainError(
      'forbidden',
      `The role ${identity.role} may not do this; ask one of: ${access.roles.join(', ')}.`,
    );
  }
  if (!identity.scopes.includes(access.scope)) {
    throw new DomainError('forbidden', `This API key does not carry the scope ${access.scope}.`);
  }
}
