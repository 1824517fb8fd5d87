import { invalidField } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';

/** What a team names beside itself; members left out are not looked at. */
export interface TeamReferences {
  readonly calendarId?: string | undefined;
  readonly projectId?: string | null | undefined;
}

/**
 * Checks that a team's calendar and project are this company's.
 * @throws DomainError `validation_failed` with the member's pointer.
 */
export async function requireTeamReferences(
  context: Context,
  db: Transaction,
  references: TeamReferences,
): Promise<void> {
  const { calendarId, projectId } = references;
  if (calendarId !== undefined) {
    const calendar = await db.calendar.findUnique({
      where: { companyId_id: { companyId: context.companyId, id: calendarId } },
      select: { id: true },
    });
    if (calendar === null) {
      throw invalidField('/calendarId', 'unknown_reference', 'There is no such calendar.');
    }
  }
  if (projectId === undefined || projectId === null) return;
  const project = await db.project.findUnique({
    where: { companyId_id: { companyId: context.companyId, id: projectId } },
    select: { id: true },
  });
  if (project === null) throw invalidField('/projectId', 'unknown_reference', 'There is no such project.');
}

/**
 * Logged time belongs to a project (spec.md §4: timesheets need a project).
 * @throws DomainError `validation_failed` at `/projectId`.
 */
export function requireProjectForTimesheets(team: {
  readonly timesheetsEnabled: boolean;
  readonly projectId: string | null;
}): void {
  if (team.timesheetsEnabled && team.projectId === null) {
    throw invalidField('/projectId', 'missing', 'A team that logs time needs a project to log it on.');
  }
}
