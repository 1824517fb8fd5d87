import { DomainError } from '../../domain/shared/errors';
import type { Database } from '../../prisma/client';
import { hashPassword } from '../access/password';
import { systemContext } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { insertUser } from '../users/create-user';
import { type CompanyView, companyResource } from './company';

export interface CompanyDraft {
  readonly name: string;
  readonly timezone: string;
  readonly currency: string;
  /** Its first user, an admin, who makes all others. */
  readonly admin: { readonly name: string; readonly email: string; readonly password: string };
}

/**
 * Creates a company with its first admin, both or none. No caller of the API may do this: whoever runs the
 * installation does, by `npm run create-company`.
 * @throws DomainError `already_exists` when there is a company of this name, or a user with this address.
 */
export async function createCompany(
  database: Database,
  { admin, ...company }: CompanyDraft,
): Promise<CompanyView> {
  const companyId = newId('company');
  const passwordHash = await hashPassword(admin.password);
  const context = systemContext({ companyId, database, actor: { type: 'system', process: 'setup' } });
  return change(context, async (work) => {
    // One at a time, so that the same command twice at once makes one company.
    await work.db.$executeRaw`LOCK TABLE company IN SHARE ROW EXCLUSIVE MODE`;
    if ((await work.db.company.count({ where: { name: company.name } })) > 0) {
      throw new DomainError('already_exists', 'There is already a company of this name.');
    }
    await work.db.company.create({ data: { id: companyId, ...company } });
    const created = await readOne<CompanyView>(context, companyResource, companyId, within(work.db));
    work.event({ kind: 'company.created', subjectId: companyId, after: created });
    await insertUser(context, work, { ...admin, role: 'admin' }, passwordHash);
    return created;
  });
}
