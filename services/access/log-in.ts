import { randomBytes } from 'node:crypto';
import type { Role } from '../../domain/shared/actor';
import { DomainError } from '../../domain/shared/errors';
import type { Database } from '../../prisma/client';
import { newId } from '../ids';
import { change } from '../transaction';
import { hashSecret, sessionTokenPrefix } from './authenticate';
import { verifyPassword } from './password';

/** Counts logins by account and by address in a store that outlives the process. */
export interface LoginLimits {
  /**
   * Counts the login before it is judged, so that guesses sent at once are all counted.
   * @throws DomainError `rate_limited`
   */
  countLogin(account: string, address: string): Promise<void>;
  /** Takes a login that succeeded out of the count, with the failed ones of its account. */
  forgetLogin(account: string, address: string): Promise<void>;
}

export interface LoginRequest {
  readonly email: string;
  readonly password: string;
  readonly address: string;
  readonly requestId: string;
  readonly sessionHours: number;
}

export interface OpenedSession {
  /** Shown this once; only its hash is stored. */
  readonly token: string;
  readonly expiresAt: string;
}

interface Account {
  readonly companyId: string;
  readonly userId: string;
  readonly role: Role;
  readonly active: boolean;
  readonly passwordHash: string;
}

const accountStatement = {
  name: 'login_account',
  text: `SELECT u.company_id AS "companyId", u.id AS "userId", u.role, u.active, u.password_hash AS "passwordHash"
    FROM user_account u WHERE lower(u.email) = $1`,
};

/**
 * Opens a session for an address and its password (api.md, Access). Unknown users, wrong passwords and ended
 * accounts are refused in the same words after the same work.
 * @throws DomainError `unauthenticated`, `rate_limited`.
 */
export async function logIn(
  database: Database,
  limits: LoginLimits,
  request: LoginRequest,
  now: () => Date = () => new Date(),
): Promise<OpenedSession> {
  const email = request.email.toLowerCase();
  await limits.countLogin(email, request.address);
  const { rows } = await database.pool.query<Account>({ ...accountStatement, values: [email] });
  const account = rows[0];
  const matches = await verifyPassword(request.password, account?.passwordHash);
  if (account === undefined || !matches || !account.active) throw refused();
  const session = await openSession(database, account, request, now);
  await limits.forgetLogin(email, request.address);
  return session;
}

function openSession(
  database: Database,
  account: Account,
  request: LoginRequest,
  now: () => Date,
): Promise<OpenedSession> {
  const { companyId, userId, role } = account;
  const actor = { type: 'user', userId } as const;
  const context = { companyId, actor, role, requestId: request.requestId, command: null, database, now };
  return change(context, async ({ db, event }) => {
    // Held until the commit: a password changed meanwhile must not leave a session of the old one behind.
    const unchanged = await db.$queryRaw<unknown[]>`
      SELECT id FROM user_account WHERE company_id = ${companyId} AND id = ${userId}
        AND active AND password_hash = ${account.passwordHash} FOR SHARE`;
    if (unchanged.length === 0) throw refused();
    const id = newId('session');
    const token = `${sessionTokenPrefix}${randomBytes(32).toString('base64url')}`;
    const expiresAt = new Date(now().getTime() + request.sessionHours * 3_600_000);
    await db.session.create({
      data: { companyId, id, userId, tokenHash: hashSecret(token), expiresAt, createdAt: now() },
    });
    event({ kind: 'session.opened', subjectId: id, after: { userId, expiresAt } });
    return { token, expiresAt: expiresAt.toISOString() };
  });
}

function refused(): DomainError {
  return new DomainError('unauthenticated', 'The email address or the password is wrong.');
}
