import type { Context } from '../context';
import { newId } from '../ids';

/**
 * Has the ticket's workflow look at its record again, by way of the outbox: for a decision that may be committed
 * without the workflow having heard of it, because what carried the word was lost with a Temporal server. Does
 * nothing while such a word waits already. What is due is settled, and the timer set, by what the record says.
 */
export async function tellTicketToLookAgain(context: Context, ticketId: string): Promise<void> {
  await context.database.pool.query(
    `INSERT INTO job (company_id, id, ticket_id, kind, reference)
     SELECT $1, $2, $3, 'clocks_changed', '{"cause": "due"}'::jsonb
     WHERE NOT EXISTS (SELECT 1 FROM job WHERE company_id = $1 AND ticket_id = $3 AND kind = 'clocks_changed'
       AND reference = '{"cause": "due"}'::jsonb)`,
    [context.companyId, newId('job'), ticketId],
  );
}
