import { notFound } from '../../domain/shared/errors';
import type { StageCategory } from '../../domain/ticket/values';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { type Queryable, type Resource, readOne } from '../listing';
import { within } from '../prisma-queryable';

/** A stage of a team's board as the API shows it. */
export interface StageView {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  /** 1 for the team's first stage, without gaps. */
  readonly position: number;
  readonly category: StageCategory;
  /** A closed stage that does not count as reaching an earlier one (spec.md §4). */
  readonly cancels: boolean;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The shape of a stage; its team decides who may see it, so callers find the team first. */
export const stageResource: Resource = {
  name: 'stage',
  select: `s.id, s.team_id AS "teamId", s.name, s.position, s.category, s.cancels, s.version,
    s.created_at AS "createdAt", s.updated_at AS "updatedAt"`,
  from: 'stage s',
  company: 's.company_id',
  id: 's.id',
  filters: {},
  sorts: { createdAt: { expression: 's.id', type: 'text' } },
  defaultSort: 'createdAt',
};

/** Every stage of a team in the team's order. The caller has found the team. */
export async function readStages(
  context: Context,
  teamId: string,
  queryable: Queryable = context.database.pool as Queryable,
): Promise<StageView[]> {
  const { rows } = await queryable.query(
    `SELECT ${stageResource.select} FROM ${stageResource.from}
     WHERE s.company_id = $1 AND s.team_id = $2 ORDER BY s.position`,
    [context.companyId, teamId],
  );
  return rows as StageView[];
}

/** @throws DomainError `not_found` when the team has no such stage. */
export async function readStage(
  context: Context,
  db: Transaction,
  teamId: string,
  stageId: string,
): Promise<StageView> {
  const stage = await readOne<StageView>(context, stageResource, stageId, within(db));
  if (stage.teamId !== teamId) throw notFound('stage');
  return stage;
}
