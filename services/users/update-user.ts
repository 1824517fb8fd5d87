import type { Role } from '../../domain/shared/actor';
import { DomainError } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import { hashPassword } from '../access/password';
import type { Context } from '../context';
import type { UnitOfWork } from '../transaction';
import { defined, nextVersion, updateRecord } from '../update';
import { type UserView, userResource } from './user';

export interface UserChanges {
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly active?: boolean | undefined;
  readonly password?: string | undefined;
}

/**
 * Changes the named members of a user. A new password and the end of an account end the user's sessions in the
 * same transaction; an ended account's API keys are refused until it is active again.
 * @throws DomainError `not_found`, `precondition_failed`, `last_admin`.
 */
export async function updateUser(
  context: Context,
  id: string,
  changes: UserChanges,
  expectedVersion: number | undefined,
): Promise<UserView> {
  const { password, ...members } = changes;
  const passwordHash = password === undefined ? undefined : await hashPassword(password);
  return updateRecord<UserView>(context, {
    resource: userResource,
    table: 'user_account',
    id,
    expectedVersion,
    eventKind: 'user.updated',
    write: async (work, before) => {
      const after = { ...before, ...defined(members) };
      if (isAdmin(before) && !isAdmin(after)) await requireOtherAdmin(context, work.db, id);
      await work.db.user.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { ...defined({ ...members, passwordHash }), ...nextVersion(context) },
      });
      if (passwordHash !== undefined) work.event({ kind: 'user.password_changed', subjectId: id });
      if (passwordHash !== undefined || !after.active) await endSessions(context, work, id);
    },
  });
}

function isAdmin(user: Pick<UserView, 'role' | 'active'>): boolean {
  return user.active && user.role === 'admin';
}

/** Two admins who end each other at once meet at the company's row, so that one of them stays. */
async function requireOtherAdmin(context: Context, db: Transaction, id: string): Promise<void> {
  await db.$queryRaw`SELECT id FROM company WHERE id = ${context.companyId} FOR NO KEY UPDATE`;
  const others = await db.user.count({
    where: { companyId: context.companyId, role: 'admin', active: true, id: { not: id } },
  });
  if (others === 0) {
    throw new DomainError(
      'last_admin',
      'This is the last active admin; make somebody else an admin first, else nobody could manage the company.',
    );
  }
}

async function endSessions(context: Context, { db, event }: UnitOfWork, userId: string): Promise<void> {
  const ended = await db.session.updateManyAndReturn({
    where: { companyId: context.companyId, userId, revokedAt: null },
    data: { revokedAt: context.now() },
    select: { id: true },
  });
  for (const { id } of ended) event({ kind: 'session.closed', subjectId: id, after: { userId } });
}
