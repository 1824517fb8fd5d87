import { DomainError, invalidField } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { type EmployeeView, employeeResource } from './employee';

export interface EmployeeDraft {
  readonly userId?: string | null | undefined;
  /** The user's name when left out. */
  readonly name?: string | undefined;
  readonly calendarId: string;
  readonly hourlyCostMinor: number;
  /** ISO 4217; the company's when left out. */
  readonly currency?: string | undefined;
}

/**
 * Creates an employee: somebody who works by a calendar and costs something an hour (spec.md §3).
 * @throws DomainError `validation_failed` for an unknown user or calendar or a missing name; `already_exists`
 * when the user is an employee already.
 */
export function createEmployee(context: Context, draft: EmployeeDraft): Promise<EmployeeView> {
  return change(context, async ({ db, event }) => {
    const { companyId } = context;
    const user = await requireFreeUser(context, db, draft.userId);
    await requireCalendar(context, db, draft.calendarId);
    const name = draft.name ?? user?.name;
    if (name === undefined) throw invalidField('/name', 'missing', 'Name the employee, or the user it is.');
    const id = newId('employee');
    await db.employee.create({
      data: {
        companyId,
        id,
        userId: draft.userId ?? null,
        name,
        calendarId: draft.calendarId,
        hourlyCostMinor: draft.hourlyCostMinor,
        currency:
          draft.currency ?? (await db.company.findUniqueOrThrow({ where: { id: companyId } })).currency,
      },
    });
    const employee = await readOne<EmployeeView>(context, employeeResource, id, within(db));
    event({ kind: 'employee.created', subjectId: id, after: employee });
    return employee;
  });
}

/**
 * The user, who must be of this company and no employee yet (other than `self`).
 * @throws DomainError `validation_failed`, `already_exists`.
 */
export async function requireFreeUser(
  context: Context,
  db: Transaction,
  userId: string | null | undefined,
  self?: string,
): Promise<{ readonly name: string } | null> {
  if (userId === undefined || userId === null) return null;
  const user = await db.user.findUnique({
    where: { companyId_id: { companyId: context.companyId, id: userId } },
    select: { name: true, employees: { select: { id: true } } },
  });
  if (user === null) throw invalidField('/userId', 'unknown_reference', 'There is no such user.');
  if (user.employees.some((employee) => employee.id !== self)) {
    throw new DomainError('already_exists', 'This user is an employee already.', {
      fields: [{ pointer: '/userId', code: 'taken', detail: 'The user is an employee already.' }],
    });
  }
  return user;
}

/** @throws DomainError `validation_failed` when this company has no such calendar. */
export async function requireCalendar(context: Context, db: Transaction, calendarId: string): Promise<void> {
  const calendar = await db.calendar.findUnique({
    where: { companyId_id: { companyId: context.companyId, id: calendarId } },
    select: { id: true },
  });
  if (calendar === null) throw invalidField('/calendarId', 'unknown_reference', 'There is no such calendar.');
}
