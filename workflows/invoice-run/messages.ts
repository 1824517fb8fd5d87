import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/** The first and only argument of the invoice run's workflow. */
export interface InvoiceRunInput {
  readonly v: 1;
  readonly companyId: string;
  readonly runId: string;
  /** Carried over continue-as-new; absent in a fresh start. */
  readonly carried?: {
    readonly afterSaleOrderId: string | null;
    readonly failed: number;
    readonly lastFailure: string | null;
    /** Absent where the run before did not carry it yet. */
    readonly retryRequested?: boolean;
  };
}

/** How far a run is; counts of orders. */
export interface InvoiceRunStatus {
  readonly state: 'starting' | 'working' | 'needs_operator' | 'cancelling' | 'ended';
  readonly total: number;
  readonly pending: number;
  readonly invoiced: number;
  readonly nothingToInvoice: number;
  readonly refused: number;
  readonly cancelled: number;
  /** Orders given up on for now, still pending; an operator takes them up again with `retry`. */
  readonly failed: number;
  /** The code of the latest such failure. */
  readonly lastFailure: string | null;
}

/** Why an operator asks; shown in the workflow's history. */
export interface RunRequest {
  readonly reason?: string;
}

/** How far the run is. Answers from memory; never refused. */
export const progressQuery = defineQuery<InvoiceRunStatus>('progress');

/** Stops between two orders; refused with `run_not_cancellable` once the run has ended. Idempotent. */
export const cancelUpdate = defineUpdate<InvoiceRunStatus, [RunRequest]>('cancel');
/** The same for integrations that do not wait; does nothing once the run has ended. */
export const cancelSignal = defineSignal<[RunRequest]>('cancel');

/**
 * Takes up again the orders that failed, when the cause is mended: at once, or when the run has been through the others.
 * Idempotent.
 */
export const retryUpdate = defineUpdate<InvoiceRunStatus, [RunRequest]>('retry');
/** The same without an answer. */
export const retrySignal = defineSignal<[RunRequest]>('retry');
