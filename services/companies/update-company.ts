import type { Context } from '../context';
import { readOne, requireVersion } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { defined, nextVersion } from '../update';
import { type CompanyView, companyResource } from './company';

export interface CompanyChanges {
  readonly name?: string | undefined;
  /** IANA name. */
  readonly timezone?: string | undefined;
  /** ISO 4217; what new records take when they name none. Existing ones keep theirs. */
  readonly currency?: string | undefined;
}

/**
 * Changes the named members of the caller's own company.
 * @throws DomainError `precondition_failed`.
 */
export function updateCompany(
  context: Context,
  changes: CompanyChanges,
  expectedVersion: number | undefined,
): Promise<CompanyView> {
  const id = context.companyId;
  return change(context, async ({ db, event }) => {
    // Not FOR UPDATE: that would hold up every insert that refers to the company.
    await db.$queryRaw`SELECT id FROM company WHERE id = ${id} FOR NO KEY UPDATE`;
    const before = await readOne<CompanyView>(context, companyResource, id, within(db));
    requireVersion(before.version, expectedVersion);
    await db.company.update({ where: { id }, data: { ...defined(changes), ...nextVersion(context) } });
    const after = await readOne<CompanyView>(context, companyResource, id, within(db));
    event({ kind: 'company.updated', subjectId: id, before, after });
    return after;
  });
}
