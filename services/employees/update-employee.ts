import type { Context } from '../context';
import { defined, nextVersion, updateRecord } from '../update';
import { requireCalendar, requireFreeUser } from './create-employee';
import { type EmployeeView, employeeResource } from './employee';

export interface EmployeeChanges {
  readonly userId?: string | null | undefined;
  readonly name?: string | undefined;
  readonly calendarId?: string | undefined;
  readonly hourlyCostMinor?: number | undefined;
  readonly currency?: string | undefined;
}

/**
 * Changes the named members of an employee.
 * @throws DomainError `not_found`, `precondition_failed`, `validation_failed`, `already_exists`.
 */
export function updateEmployee(
  context: Context,
  id: string,
  changes: EmployeeChanges,
  expectedVersion: number | undefined,
): Promise<EmployeeView> {
  return updateRecord<EmployeeView>(context, {
    resource: employeeResource,
    table: 'employee',
    id,
    expectedVersion,
    eventKind: 'employee.updated',
    write: async ({ db }) => {
      await requireFreeUser(context, db, changes.userId, id);
      if (changes.calendarId !== undefined) await requireCalendar(context, db, changes.calendarId);
      await db.employee.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { ...defined(changes), ...nextVersion(context) },
      });
    },
  });
}
