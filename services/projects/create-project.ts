import { invalidField } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { type ProjectView, projectResource } from './project';

export interface ProjectDraft {
  readonly name: string;
  readonly contactId?: string | null | undefined;
}

/**
 * Creates a project, of a customer or of the company's own.
 * @throws DomainError `validation_failed` for an unknown contact.
 */
export function createProject(context: Context, draft: ProjectDraft): Promise<ProjectView> {
  return change(context, async ({ db, event }) => {
    await requireContact(context, db, draft.contactId);
    const id = newId('project');
    await db.project.create({
      data: { companyId: context.companyId, id, name: draft.name, contactId: draft.contactId ?? null },
    });
    const project = await readOne<ProjectView>(context, projectResource, id, within(db));
    event({ kind: 'project.created', subjectId: id, after: project });
    return project;
  });
}

/** @throws DomainError `validation_failed` when there is no such contact in this company. */
export async function requireContact(
  context: Context,
  db: Transaction,
  contactId: string | null | undefined,
): Promise<void> {
  if (contactId === undefined || contactId === null) return;
  const contact = await db.contact.findUnique({
    where: { companyId_id: { companyId: context.companyId, id: contactId } },
  });
  if (contact === null) throw invalidField('/contactId', 'unknown_reference', 'There is no such contact.');
}
