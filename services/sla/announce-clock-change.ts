import type { ClockStatus } from '../../domain/sla/clock';
import type { Context } from '../context';
import type { UnitOfWork } from '../transaction';

/** What of a team's configuration moved; each clock's list of changes shows it (spec.md §7). */
export type ConfigurationCause = 'calendar_changed' | 'team_settings_changed';

export const liveClocks: readonly ClockStatus[] = ['running', 'paused'];
/** Of a team whose SLA is switched on: switching it off had cancelled what was live. */
export const revivableClocks: readonly ClockStatus[] = [...liveClocks, 'cancelled'];

/**
 * Leaves a job for the workflow of every open ticket of the team that has a clock in one of the statuses, in the
 * transaction that changes what those clocks are computed from.
 */
export async function announceClockChange(
  context: Context,
  work: UnitOfWork,
  teamId: string,
  cause: ConfigurationCause,
  statuses: readonly ClockStatus[] = liveClocks,
): Promise<void> {
  const tickets = await work.db.$queryRaw<{ id: string }[]>`
    SELECT t.id FROM ticket t
    WHERE t.company_id = ${context.companyId} AND t.team_id = ${teamId}
      AND t.closed_at IS NULL AND t.archived_at IS NULL
      AND EXISTS (SELECT 1 FROM sla_clock k WHERE k.company_id = t.company_id AND k.ticket_id = t.id
        AND k.status = ANY(${statuses}::text[]))
    ORDER BY t.id`;
  for (const ticket of tickets) {
    work.job({ ticketId: ticket.id, kind: 'clocks_changed', reference: { cause } });
  }
}
