import { invalidField } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';

/**
 * Checks that a user is an active one of this company.
 * @throws DomainError `validation_failed` at `pointer`.
 */
export async function requireUser(
  context: Context,
  db: Transaction,
  userId: string,
  pointer: string,
): Promise<void> {
  const user = await db.user.findUnique({
    where: { companyId_id: { companyId: context.companyId, id: userId } },
    select: { active: true },
  });
  if (user?.active !== true) throw invalidField(pointer, 'unknown_reference', 'There is no such user.');
}
