import type { StageCategory, Visibility } from '../../domain/ticket/values';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { defined } from '../update';
import { keepOwnAccess } from './keep-own-access';
import { type TeamView, teamResource } from './team';
import { requireProjectForTimesheets, requireTeamReferences } from './team-references';

export interface TeamDraft {
  readonly name: string;
  readonly calendarId: string;
  readonly description?: string | undefined;
  readonly colour?: string | undefined;
  readonly visibility?: Visibility | undefined;
  readonly projectId?: string | null | undefined;
  readonly slaEnabled?: boolean | undefined;
  readonly timesheetsEnabled?: boolean | undefined;
  readonly timeBillingEnabled?: boolean | undefined;
}

/** The stages a new team starts with (spec.md §4). */
const defaultStages: readonly {
  readonly name: string;
  readonly category: StageCategory;
  readonly cancels: boolean;
}[] = [
  { name: 'New', category: 'open', cancels: false },
  { name: 'In Progress', category: 'open', cancels: false },
  { name: 'Awaiting Customer', category: 'paused', cancels: false },
  { name: 'Solved', category: 'closed', cancels: false },
  { name: 'Canceled', category: 'closed', cancels: true },
];

/**
 * Creates a team with its five default stages in one transaction; whoever makes a private team follows it.
 * @throws DomainError `validation_failed` for an unknown calendar or project, or timesheets without a project.
 */
export function createTeam(context: Context, draft: TeamDraft): Promise<TeamView> {
  return change(context, async (work) => {
    const { db, event } = work;
    await requireTeamReferences(context, db, draft);
    requireProjectForTimesheets({
      timesheetsEnabled: draft.timesheetsEnabled ?? false,
      projectId: draft.projectId ?? null,
    });
    const id = newId('team');
    const { name, calendarId, ...rest } = draft;
    await db.team.create({
      data: { companyId: context.companyId, id, name, calendarId, ...defined(rest) },
    });
    await createDefaultStages(context, db, id);
    if (draft.visibility === 'private') await keepOwnAccess(context, work, id);
    const team = await readOne<TeamView>(context, teamResource, id, within(db));
    event({ kind: 'team.created', subjectId: id, after: team });
    return team;
  });
}

async function createDefaultStages(context: Context, db: Transaction, teamId: string): Promise<void> {
  await db.stage.createMany({
    data: defaultStages.map((stage, index) => ({
      companyId: context.companyId,
      id: newId('stage'),
      teamId,
      position: index + 1,
      ...stage,
    })),
  });
}
