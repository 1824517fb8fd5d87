import { invalidField } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { type ContactKind, type ContactView, contactResource } from './contact';

export interface ContactDraft {
  readonly kind: ContactKind;
  readonly name: string;
  readonly organisationId?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
}

/**
 * Creates a person or an organisation.
 * @throws DomainError `validation_failed` when the organisation is not one of this company's organisations.
 */
export function createContact(context: Context, draft: ContactDraft): Promise<ContactView> {
  return change(context, async ({ db, event }) => {
    await requireOrganisation(context, db, draft.kind, draft.organisationId);
    const id = newId('contact');
    await db.contact.create({
      data: {
        companyId: context.companyId,
        id,
        kind: draft.kind,
        name: draft.name,
        organisationId: draft.organisationId ?? null,
        email: draft.email ?? null,
        phone: draft.phone ?? null,
      },
    });
    const contact = await readOne<ContactView>(context, contactResource, id, within(db));
    event({ kind: 'contact.created', subjectId: id, after: contact });
    return contact;
  });
}

/** Only a person belongs to an organisation, and only to one of the same company (spec.md §3). */
export async function requireOrganisation(
  context: Context,
  db: Transaction,
  kind: ContactKind,
  organisationId: string | null | undefined,
): Promise<void> {
  if (organisationId === undefined || organisationId === null) return;
  if (kind === 'organisation') {
    throw invalidField('/organisationId', 'not_allowed', 'Only a person can belong to an organisation.');
  }
  const organisation = await db.contact.findUnique({
    where: { companyId_id: { companyId: context.companyId, id: organisationId } },
  });
  if (organisation?.kind !== 'organisation') {
    throw invalidField('/organisationId', 'unknown_reference', 'There is no such organisation.');
  }
}
