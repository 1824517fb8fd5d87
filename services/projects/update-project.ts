import type { Context } from '../context';
import { defined, nextVersion, updateRecord } from '../update';
import { requireContact } from './create-project';
import { type ProjectView, projectResource } from './project';

export interface ProjectChanges {
  readonly name?: string | undefined;
  readonly contactId?: string | null | undefined;
}

/**
 * Changes the named members of a project; members left out stay.
 * @throws DomainError `not_found`, `precondition_failed`, `validation_failed`.
 */
export function updateProject(
  context: Context,
  id: string,
  changes: ProjectChanges,
  expectedVersion: number | undefined,
): Promise<ProjectView> {
  return updateRecord<ProjectView>(context, {
    resource: projectResource,
    table: 'project',
    id,
    expectedVersion,
    eventKind: 'project.updated',
    write: async ({ db }) => {
      await requireContact(context, db, changes.contactId);
      await db.project.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { ...defined(changes), ...nextVersion(context) },
      });
    },
  });
}
