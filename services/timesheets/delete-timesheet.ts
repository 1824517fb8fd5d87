import type { Context } from '../context';
import { nextVersion } from '../update';
import { changeEntry } from './change-entry';

/**
 * Deletes a time entry by a last version without minutes in the ledger; the record and its events stay readable.
 * @throws DomainError what `changeEntry` refuses with.
 */
export async function deleteTimesheet(
  context: Context,
  id: string,
  expectedVersion: number | undefined,
): Promise<void> {
  await changeEntry(context, {
    id,
    expectedVersion,
    eventKind: 'timesheet.deleted',
    write: ({ db }) =>
      db.timesheetEntry.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { deletedAt: context.now(), ...nextVersion(context) },
      }),
  });
}
