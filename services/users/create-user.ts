import type { Role } from '../../domain/shared/actor';
import { DomainError } from '../../domain/shared/errors';
import { hashPassword } from '../access/password';
import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change, type UnitOfWork } from '../transaction';
import { type UserView, userResource } from './user';

export interface UserDraft {
  /** In lower case; it names one user of the whole system, since a login tells nothing else. */
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly password: string;
}

/**
 * Creates a user who can log in at once. The password is kept as a slow hash only.
 * @throws DomainError `already_exists` when the address has a user.
 */
export async function createUser(context: Context, draft: UserDraft): Promise<UserView> {
  const passwordHash = await hashPassword(draft.password);
  return change(context, (work) => insertUser(context, work, draft, passwordHash));
}

/** The same inside a transaction that does more. @throws DomainError `already_exists` */
export async function insertUser(
  context: Context,
  { db, event }: UnitOfWork,
  draft: Omit<UserDraft, 'password'>,
  passwordHash: string,
): Promise<UserView> {
  const { email, name, role } = draft;
  const taken = await db.$queryRaw<
    unknown[]
  >`SELECT 1 FROM user_account WHERE lower(email) = ${email.toLowerCase()}`;
  if (taken.length > 0) {
    throw new DomainError('already_exists', 'There is already a user with this email address.', {
      fields: [{ pointer: '/email', code: 'taken', detail: 'The address has a user already.' }],
    });
  }
  const id = newId('user');
  await db.user.create({ data: { companyId: context.companyId, id, email, name, role, passwordHash } });
  const user = await readOne<UserView>(context, userResource, id, within(db));
  event({ kind: 'user.created', subjectId: id, after: user });
  return user;
}
