import type { TicketDecision } from '../../domain/ticket/decisions';
import type { Context } from '../../services/context';
import type { DecisionGuard } from '../../services/tickets/decision';
import type { TicketView } from '../../services/tickets/ticket';

/** What a decision answered: done (the stored answer is readable), or still going on after its deadline. */
export type DecisionOutcome =
  | { readonly state: 'applied'; readonly result: unknown }
  | { readonly state: 'pending'; readonly commandId: string };

/** What of a ticket its workflow is started with and described by. */
export type SeenTicket = Pick<TicketView, 'id' | 'reference' | 'closedAt' | 'archivedAt' | 'nextDeadline'>;

export interface WorkflowDescription {
  readonly workflowId: string;
  readonly runId: string | null;
  readonly status:
    | 'running'
    | 'completed'
    | 'failed'
    | 'cancelled'
    | 'terminated'
    | 'timed_out'
    | 'continued'
    | 'not_started';
  readonly waitingFor: string | null;
  readonly nextDeadline: string | null;
  readonly uiUrl: string;
}

/** The API's only way to the tickets' workflows (spec.md §2). */
export interface TicketGateway {
  /**
   * Sends a decision to the ticket's workflow by update-with-start and waits for its answer up to the deadline.
   * Sent again with the same command it answers what it answered, and does nothing.
   * @throws DomainError what the decision was refused with; `temporal_unavailable` when nothing was decided.
   */
  decide(
    context: Context,
    ticket: SeenTicket,
    decision: TicketDecision,
    guard: DecisionGuard,
  ): Promise<DecisionOutcome>;
  /**
   * What the ticket's workflow is and waits for; of one that does not run, what becomes of it.
   * @throws DomainError `temporal_unavailable`
   */
  describe(ticket: SeenTicket): Promise<WorkflowDescription>;
}
