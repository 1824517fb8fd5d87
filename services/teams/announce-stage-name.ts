import type { Context } from '../context';
import type { UnitOfWork } from '../transaction';

/**
 * Leaves a job for the workflow of every open ticket in the stage, in the transaction that renames it: operators read
 * the stage's name in each workflow's details and search attributes.
 */
export async function announceStageName(context: Context, work: UnitOfWork, stageId: string): Promise<void> {
  const tickets = await work.db.$queryRaw<{ id: string }[]>`
    SELECT id FROM ticket WHERE company_id = ${context.companyId} AND stage_id = ${stageId}
      AND closed_at IS NULL AND archived_at IS NULL ORDER BY id`;
  for (const { id } of tickets) {
    work.job({ ticketId: id, kind: 'clocks_changed', reference: { cause: 'due' } });
  }
}
