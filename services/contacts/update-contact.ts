import type { Context } from '../context';
import { defined, nextVersion, updateRecord } from '../update';
import { type ContactView, contactResource } from './contact';
import { requireOrganisation } from './create-contact';

export interface ContactChanges {
  readonly name?: string | undefined;
  readonly organisationId?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
}

/**
 * Changes the named members of a contact; members left out stay.
 * @throws DomainError `not_found`, `precondition_failed`, `validation_failed`.
 */
export function updateContact(
  context: Context,
  id: string,
  changes: ContactChanges,
  expectedVersion: number | undefined,
): Promise<ContactView> {
  return updateRecord<ContactView>(context, {
    resource: contactResource,
    table: 'contact',
    id,
    expectedVersion,
    eventKind: 'contact.updated',
    write: async ({ db }, before) => {
      await requireOrganisation(context, db, before.kind, changes.organisationId);
      await db.contact.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { ...defined(changes), ...nextVersion(context) },
      });
    },
  });
}
