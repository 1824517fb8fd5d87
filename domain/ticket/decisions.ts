import type { Priority } from './values';

/**
 * Everything that may be asked of a ticket and refused (spec.md §2). The same shapes travel in the API's updates
 * and in the operators' signals; ids only, never a text of a person.
 */
export type TicketDecision =
  | {
      readonly kind: 'move_stage';
      readonly stageId: string;
      readonly fromStageId?: string;
      readonly reason?: string;
    }
  | { readonly kind: 'assign'; readonly userId: string | null; readonly reason?: string }
  | { readonly kind: 'change_attributes'; readonly changes: TicketAttributeChanges; readonly reason?: string }
  | { readonly kind: 'close'; readonly stageId?: string; readonly reason?: string }
  | { readonly kind: 'reopen'; readonly stageId?: string; readonly reason?: string }
  | { readonly kind: 'archive'; readonly reason?: string }
  | { readonly kind: 'recalculate_sla'; readonly reason?: string }
  /** Of an operator who has mended what stopped billing. */
  | { readonly kind: 'retry_billing'; readonly reason?: string };

/** The members of a ticket whose change re-matches its policies or its billing, and so is a decision. */
export interface TicketAttributeChanges {
  readonly priority?: Priority;
  readonly teamId?: string;
  readonly contactId?: string | null;
  readonly saleOrderLineId?: string | null;
}

export type TicketDecisionKind = TicketDecision['kind'];
