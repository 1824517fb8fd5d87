import type { Database } from '../prisma/client';
import { type Context, systemContext } from '../services/context';
import { draftInvoice } from '../services/invoicing/draft-invoice';
import { finishInvoiceRun } from '../services/invoicing/finish-invoice-run';
import { postRunInvoice } from '../services/invoicing/post-invoice';
import type { RunOrderOutcome } from '../services/invoicing/run-order';
import {
  type InvoiceRunState,
  openRunOrders,
  startInvoiceRun,
} from '../services/invoicing/start-invoice-run';
import { mappingFailures } from './failures';

/** A run, as the activities of its workflow name it. */
export interface RunKey {
  readonly companyId: string;
  readonly runId: string;
}

/** One order of a run: the key of every effect (spec.md §9). */
export type RunOrderInput = RunKey & { readonly saleOrderId: string };

/**
 * What the invoice run's workflow does in the database. Each is idempotent by its key, so it may run twice or die
 * anywhere; each throws only `ApplicationFailure` with a code (see `failures.ts`).
 */
export interface InvoicingActivities {
  /** Marks the run as running where it is pending, and answers its state. */
  startRun(input: RunKey): Promise<InvoiceRunState>;
  /** The next orders with work left, by id, after the given one. */
  listOpenOrders(
    input: RunKey & { readonly afterSaleOrderId: string | null; readonly limit: number },
  ): Promise<{ readonly saleOrderIds: string[] }>;
  /** Drafts the invoice of one order; a refusal is an outcome, not a failure. */
  invoiceOrder(input: RunOrderInput): Promise<RunOrderOutcome>;
  /** Posts the draft the run made of this order, if there is one. */
  postOrderInvoice(input: RunOrderInput): Promise<{ readonly posted: boolean }>;
  /** Records the end of the run. */
  finishRun(input: RunKey & { readonly outcome: 'completed' | 'cancelled' }): Promise<InvoiceRunState>;
}

/** Binds the activities to the worker's database. */
export function createInvoicingActivities({
  database,
}: {
  readonly database: Database;
}): InvoicingActivities {
  const contextOf = (input: RunKey): Context =>
    systemContext({
      companyId: input.companyId,
      database,
      actor: { type: 'system', process: 'workflow' },
    });
  return {
    startRun: (input) => mappingFailures(() => startInvoiceRun(contextOf(input), input.runId)),
    listOpenOrders: ({ afterSaleOrderId, limit, ...input }) =>
      mappingFailures(() => openRunOrders(contextOf(input), input.runId, { afterSaleOrderId, limit })),
    invoiceOrder: (input) =>
      mappingFailures(() =>
        draftInvoice(contextOf(input), { runId: input.runId, saleOrderId: input.saleOrderId }),
      ),
    postOrderInvoice: (input) =>
      mappingFailures(() =>
        postRunInvoice(contextOf(input), { runId: input.runId, saleOrderId: input.saleOrderId }),
      ),
    finishRun: (input) =>
      mappingFailures(() => finishInvoiceRun(contextOf(input), input.runId, input.outcome)),
  };
}
