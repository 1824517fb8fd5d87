import { DomainError } from '../../domain/shared/errors';
import type { Transaction } from '../../prisma/client';
import type { Context } from '../context';
import type { Resource } from '../listing';
import { visibleTickets } from '../tickets/visibility';

export interface TimerView {
  readonly id: string;
  readonly ticketId: string;
  readonly employeeId: string;
  readonly startedAt: string;
}

/** A running timer; seen by whoever sees its ticket, as its time will be. */
export const timerResource: Resource = {
  name: 'timer',
  select: 'r.id, r.ticket_id AS "ticketId", r.employee_id AS "employeeId", r.started_at AS "startedAt"',
  from: 'running_timer r JOIN ticket t ON t.company_id = r.company_id AND t.id = r.ticket_id',
  company: 'r.company_id',
  id: 'r.id',
  visible: visibleTickets,
  filters: {
    ticketId: {
      kind: 'id',
      description: 'Timers of these tickets.',
      sql: (values) => `r.ticket_id = ANY(${values})`,
    },
    employeeId: {
      kind: 'id',
      description: 'Timers of these employees.',
      sql: (values) => `r.employee_id = ANY(${values})`,
    },
  },
  sorts: { startedAt: { expression: 'r.id', type: 'text' } },
  defaultSort: 'startedAt',
};

/** The employee a timer is for: the one named, else the caller's own; who may name one is checked by `refusalOfLogging`. */
export async function employeeOfTimer(
  context: Context,
  employeeId: string | undefined,
  db: Transaction,
): Promise<string> {
  if (employeeId !== undefined) return employeeId;
  const { companyId, actor } = context;
  const own =
    actor.type === 'user'
      ? await db.employee.findFirst({ where: { companyId, userId: actor.userId } })
      : null;
  if (own !== null) return own.id;
  throw new DomainError('no_employee', 'You are not set up as an employee; name an employee.');
}
