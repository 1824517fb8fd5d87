import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Actor } from '../../domain/shared/actor';
import type { TicketAttributeChanges, TicketDecision } from '../../domain/ticket/decisions';
import type { Priority } from '../../domain/ticket/values';

/** The first and only argument of the ticket workflow. */
export interface TicketInput {
  readonly v: 1;
  readonly companyId: string;
  readonly ticketId: string;
  /** Carried over continue-as-new; absent in a fresh start. */
  readonly carried?: CarriedState;
}

/** What outlives continue-as-new: facts not yet worked off, and the jobs already seen. */
export interface CarriedState {
  readonly seenJobIds: readonly string[];
  readonly pendingEntryIds: readonly string[];
  readonly needsOperator: string | null;
  /** How many operator signals this chain of runs has taken; numbers their commands. */
  readonly operatorSignals: number;
  /** Signals that came while the run was being continued; absent in runs from before they were carried. */
  readonly signals?: readonly WaitingSignal[];
  /** Causes of recalculations that wait; likewise. */
  readonly recalculations?: readonly string[];
}

/** A decision that nobody waits for. */
export interface ToldDecision {
  readonly decision: TicketDecision;
  readonly commandId: string;
  readonly asker?: Asker;
}

/** A signal whose argument made no sense; it is recorded on the ticket like every refused signal. */
export interface RefusedSignal {
  readonly signal: string;
  readonly commandId: string;
  readonly refusal: string;
}

export type WaitingSignal = ToldDecision | RefusedSignal;

/** One line of the outbox: something that has already happened and is in PostgreSQL (spec.md §2). */
export interface Fact {
  readonly jobId: string;
  readonly kind: 'ticket_created' | 'timesheet_changed' | 'clocks_changed';
  readonly reference: Readonly<Record<string, string | number>>;
}

/** Who asks. The API fills it in; an operator leaves it out and stands in the events as `operator`. */
export interface Asker {
  readonly actor: Actor;
  readonly requestId: string | null;
  readonly fingerprint: string;
  readonly expectedVersion?: number;
  /** Of the request; several updates may carry one command, and it is decided once. */
  readonly commandId?: string;
}

/** Members every decision has. A `reason` lands in the ticket's events. */
interface Asked {
  readonly reason?: string;
  readonly asker?: Asker;
}

export type MoveStageRequest = Asked & { readonly stageId: string; readonly fromStageId?: string };
export type AssignRequest = Asked & { readonly userId: string | null };
export type SetPriorityRequest = Asked & { readonly priority: Priority };
export type ChangeAttributesRequest = Asked & { readonly changes: TicketAttributeChanges };
export type StageOptionRequest = Asked & { readonly stageId?: string; readonly fromStageId?: string };
export type PlainRequest = Asked;
export type RetryBillingRequest = Asked;

/** What a decision answers; the full answer is stored with its command. */
export interface DecisionAnswer {
  readonly commandId: string;
  readonly state: 'applied';
}

export interface TicketStatus {
  readonly reference: string | null;
  readonly stage: string | null;
  readonly slaState: string | null;
  readonly waitingFor: string;
  readonly nextDeadline: string | null;
  readonly pendingDecisions: number;
  readonly pendingBilling: number;
  readonly needsOperator: string | null;
}

/** Facts from the relay, at least once and in order per ticket; a job seen before is ignored. */
export const factsArrivedSignal = defineSignal<[{ readonly facts: readonly Fact[] }]>('factsArrived');

// Decisions: as updates they answer or are refused; as signals, for operators, a refusal becomes an event.
export const moveStageUpdate = defineUpdate<DecisionAnswer, [MoveStageRequest]>('moveStage');
export const assignUpdate = defineUpdate<DecisionAnswer, [AssignRequest]>('assign');
export const setPriorityUpdate = defineUpdate<DecisionAnswer, [SetPriorityRequest]>('setPriority');
export const changeAttributesUpdate = defineUpdate<DecisionAnswer, [ChangeAttributesRequest]>(
  'changeAttributes',
);
export const closeUpdate = defineUpdate<DecisionAnswer, [StageOptionRequest]>('close');
export const reopenUpdate = defineUpdate<DecisionAnswer, [StageOptionRequest]>('reopen');
export const archiveUpdate = defineUpdate<DecisionAnswer, [PlainRequest]>('archive');
export const recalculateSlaUpdate = defineUpdate<DecisionAnswer, [PlainRequest]>('recalculateSla');
/** Takes billing up again after an operator mended its cause; answers how many entries will be billed. */
export const retryBillingUpdate = defineUpdate<{ readonly entries: number }, [RetryBillingRequest]>(
  'retryBilling',
);

export const moveStageSignal = defineSignal<[MoveStageRequest]>('moveStage');
export const assignSignal = defineSignal<[AssignRequest]>('assign');
export const setPrioritySignal = defineSignal<[SetPriorityRequest]>('setPriority');
export const closeSignal = defineSignal<[StageOptionRequest]>('close');
export const reopenSignal = defineSignal<[StageOptionRequest]>('reopen');
export const archiveSignal = defineSignal<[PlainRequest]>('archive');
export const recalculateSlaSignal = defineSignal<[PlainRequest]>('recalculateSla');
export const retryBillingSignal = defineSignal<[RetryBillingRequest]>('retryBilling');

export const statusQuery = defineQuery<TicketStatus>('status');
export const deadlinesQuery = defineQuery<{
  readonly nextDeadline: string | null;
  readonly nextWakeAt: string | null;
}>('deadlines');
