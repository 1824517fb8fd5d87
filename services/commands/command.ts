import type { Resource } from '../listing';
import { visibleTickets } from '../tickets/visibility';

/** A decision or a fact by its command id, as far as the ticket it concerns is visible to the caller. */
export const commandResource: Resource = {
  name: 'command',
  select: `i.command_id AS id, i.status, i.ticket_id AS "ticketId",
    CASE WHEN i.status = 'applied' THEN i.result END AS result,
    CASE WHEN i.status = 'refused' THEN json_build_object('code', i.result->'code', 'detail', i.result->'message') END AS refusal,
    i.created_at AS "createdAt"`,
  from: 'idempotency_key i JOIN ticket t ON t.company_id = i.company_id AND t.id = i.ticket_id',
  company: 'i.company_id',
  id: 'i.command_id',
  visible: visibleTickets,
  filters: {},
  sorts: { createdAt: { expression: 'i.created_at', type: 'timestamptz' } },
  defaultSort: '-createdAt',
};
