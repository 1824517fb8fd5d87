import type { Visibility } from '../../domain/ticket/values';
import type { Context } from '../context';
import { announceClockChange, liveClocks, revivableClocks } from '../sla/announce-clock-change';
import type { UnitOfWork } from '../transaction';
import { defined, nextVersion, updateRecord } from '../update';
import { keepOwnAccess } from './keep-own-access';
import { removePortalFollowers } from './remove-portal-followers';
import { type TeamView, teamResource } from './team';
import { requireProjectForTimesheets, requireTeamReferences } from './team-references';

export interface TeamChanges {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly colour?: string | undefined;
  readonly visibility?: Visibility | undefined;
  readonly calendarId?: string | undefined;
  readonly projectId?: string | null | undefined;
  readonly slaEnabled?: boolean | undefined;
  readonly timesheetsEnabled?: boolean | undefined;
  readonly timeBillingEnabled?: boolean | undefined;
}

export interface ChangedTeam extends TeamView {
  /** How many followings of portal users the change ended, on the team and on its tickets. */
  readonly removedPortalFollowers: number;
}

/**
 * Changes the named members of a team. Narrowing from `portal` ends the followings of portal users on the team and
 * its tickets in the same transaction (spec.md §4); a change of calendar or SLA switch tells the workflow of every
 * open ticket that has live clocks. Clocks that were cancelled by switching the SLA off go on from their facts once it
 * is on again, as if it had never been off (spec.md §7).
 * @throws DomainError `not_found`, `precondition_failed`, `validation_failed`.
 */
export async function updateTeam(
  context: Context,
  id: string,
  changes: TeamChanges,
  expectedVersion: number | undefined,
): Promise<ChangedTeam> {
  let removedPortalFollowers = 0;
  const team = await updateRecord<TeamView>(context, {
    resource: teamResource,
    table: 'team',
    id,
    expectedVersion,
    eventKind: 'team.updated',
    write: async (work, before) => {
      await requireTeamReferences(context, work.db, changes);
      requireProjectForTimesheets({ ...before, ...defined(changes) });
      await work.db.team.update({
        where: { companyId_id: { companyId: context.companyId, id } },
        data: { ...defined(changes), ...nextVersion(context) },
      });
      removedPortalFollowers = await narrow(context, work, before, changes.visibility);
      await tellWorkflows(context, work, before, changes);
    },
  });
  return { ...team, removedPortalFollowers };
}

async function narrow(
  context: Context,
  work: UnitOfWork,
  before: TeamView,
  visibility: Visibility | undefined,
): Promise<number> {
  if (visibility === undefined || visibility === before.visibility) return 0;
  if (visibility === 'private') await keepOwnAccess(context, work, before.id);
  return before.visibility === 'portal' ? removePortalFollowers(context, work, before.id) : 0;
}

async function tellWorkflows(
  context: Context,
  work: UnitOfWork,
  before: TeamView,
  changes: TeamChanges,
): Promise<void> {
  const after = { ...before, ...defined(changes) };
  const clocks = after.slaEnabled && !before.slaEnabled ? revivableClocks : liveClocks;
  if (after.calendarId !== before.calendarId) {
    await announceClockChange(context, work, before.id, 'calendar_changed', clocks);
  } else if (after.slaEnabled !== before.slaEnabled) {
    await announceClockChange(context, work, before.id, 'team_settings_changed', clocks);
  }
}
