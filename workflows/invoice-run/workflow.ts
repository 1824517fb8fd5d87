import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { InvoicingActivities } from '../../activities/invoicing';
import { searchAttributes } from '../search-attributes';
import { failureBehind } from '../ticket/activity-failure';
import { currentDetails } from './details';
import { registerHandlers } from './handlers';
import type { InvoiceRunInput, InvoiceRunStatus } from './messages';

/** Also the orders of one run of the workflow: some 1,300 events, twice that with posting. */
const ordersPerPage = 200;
const ordersAtOnce = 8;
const retryAfter = '6 hours';

/** The frame of the run goes on as long as the database is away; nothing else could end it well. */
const { startRun, listOpenOrders, finishRun } = proxyActivities<InvoicingActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** Thirty attempts, some 25 minutes, outlast a restart of the database; after that a person looks at the order. */
function orderActivities(summary: string): Pick<InvoicingActivities, 'invoiceOrder' | 'postOrderInvoice'> {
  return proxyActivities<InvoicingActivities>({
    startToCloseTimeout: '30 seconds',
    retry: {
      initialInterval: '500 milliseconds',
      backoffCoefficient: 2,
      maximumInterval: '1 minute',
      maximumAttempts: 30,
    },
    summary,
  });
}

/**
 * Invoices the orders of a run (architecture.md §3, `invoice-run`): one activity an order, keyed by run and order, a
 * few at once, page by page with continue-as-new between, and with `post` another that posts the draft. An order that
 * is refused is recorded and never fails the run; one that fails waits for an operator. It can be cancelled between
 * orders, also by the workflow's own cancellation; ends when every order is settled.
 */
export async function invoiceRun(input: InvoiceRunInput): Promise<InvoiceRunStatus> {
  const run = new InvoiceRun(input);
  registerHandlers(run);
  try {
    return await run.work();
  } catch (error) {
    if (isCancellation(error)) {
      await CancellationScope.nonCancellable(() => run.finish('cancelled'));
      throw error;
    }
    throw failureBehind(error);
  }
}

/** The workflow's state and its one loop; the handlers only set what the loop looks at. */
export class InvoiceRun {
  status: InvoiceRunStatus;
  private readonly key: { readonly companyId: string; readonly runId: string };
  private afterSaleOrderId: string | null;
  private post = false;
  private cancelRequested = false;
  private retryRequested: boolean;

  constructor(private readonly input: InvoiceRunInput) {
    this.key = { companyId: input.companyId, runId: input.runId };
    this.afterSaleOrderId = input.carried?.afterSaleOrderId ?? null;
    this.retryRequested = input.carried?.retryRequested ?? false;
    this.status = {
      state: 'starting',
      total: 0,
      pending: 0,
      invoiced: 0,
      nothingToInvoice: 0,
      refused: 0,
      cancelled: 0,
      failed: input.carried?.failed ?? 0,
      lastFailure: input.carried?.lastFailure ?? null,
    };
    this.show({});
  }

  cancel(): void {
    this.cancelRequested = true;
    if (this.status.state !== 'ended') this.show({ state: 'cancelling' });
  }

  retry(): void {
    this.retryRequested = true;
  }

  async work(): Promise<InvoiceRunStatus> {
    if (!(await this.begin())) return this.status;
    while (!this.cancelRequested) {
      const { saleOrderIds } = await listOpenOrders({
        ...this.key,
        afterSaleOrderId: this.afterSaleOrderId,
        limit: ordersPerPage,
      });
      await this.invoiceAll(saleOrderIds);
      this.afterSaleOrderId = saleOrderIds.at(-1) ?? this.afterSaleOrderId;
      if (this.cancelRequested) break;
      if (saleOrderIds.length === ordersPerPage) await this.continueOnNextPage();
      else if (this.status.failed > 0) await this.waitForOperator();
      else if (await this.finish('completed')) return this.status;
    }
    await this.finish('cancelled');
    return this.status;
  }

  /** @returns whether the run has ended now. */
  async finish(outcome: 'completed' | 'cancelled'): Promise<boolean> {
    const { status, progress } = await finishRun({ ...this.key, outcome });
    this.show(progress);
    if (status === 'pending' || status === 'running') {
      this.afterSaleOrderId = null;
      return false;
    }
    this.show({ state: 'ended', failed: 0 });
    await condition(allHandlersFinished);
    return true;
  }

  /** @returns whether there is something to do. */
  private async begin(): Promise<boolean> {
    markCompany(this.key.companyId);
    const { status, post, progress } = await startRun(this.key);
    this.post = post;
    const ended = status === 'completed' || status === 'cancelled';
    this.show({ ...progress, state: ended ? 'ended' : this.cancelRequested ? 'cancelling' : 'working' });
    return !ended;
  }

  private async invoiceAll(saleOrderIds: readonly string[]): Promise<void> {
    const waiting = [...saleOrderIds];
    const lane = async (): Promise<void> => {
      for (;;) {
        const saleOrderId = this.cancelRequested ? undefined : waiting.shift();
        if (saleOrderId === undefined) return;
        await this.invoiceOne(saleOrderId);
      }
    };
    await Promise.all(Array.from({ length: Math.min(ordersAtOnce, waiting.length) }, lane));
  }

  private async invoiceOne(saleOrderId: string): Promise<void> {
    const order = { ...this.key, saleOrderId };
    try {
      const { status } = await orderActivities(`invoice ${saleOrderId}`).invoiceOrder(order);
      if (status === 'invoiced' && this.post) {
        await orderActivities(`post ${saleOrderId}`).postOrderInvoice(order);
      }
      // Counted here between two readings of the record; an order that was settled before may count twice till then.
      const pending = Math.max(0, this.status.pending - 1);
      if (status === 'invoiced') this.show({ pending, invoiced: this.status.invoiced + 1 });
      if (status === 'nothing_to_invoice') {
        this.show({ pending, nothingToInvoice: this.status.nothingToInvoice + 1 });
      }
      if (status === 'refused') this.show({ pending, refused: this.status.refused + 1 });
      // The run was cancelled in the database, or the draft deleted before this attempt.
      if (status === 'cancelled') this.show({ pending, cancelled: this.status.cancelled + 1 });
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.show({
        failed: this.status.failed + 1,
        lastFailure: failureBehind(error).type ?? 'internal_error',
      });
    }
  }

  /**
   * Orders that failed wait here, whether they could not be drafted or not be posted. Tried again now and then by
   * itself, which also notices a run that was cancelled while Temporal could not be told. Who asked for it while the run
   * still worked need not ask again.
   */
  private async waitForOperator(): Promise<void> {
    // Runs of before forgot it, and waited.
    const asked = this.retryRequested && patched('retry-while-working');
    if (!asked) await this.untilOperatorAsks();
    this.retryRequested = false;
    this.afterSaleOrderId = null;
    this.show({ failed: 0, lastFailure: null });
    if (!(await this.begin())) this.cancelRequested = true;
  }

  private async untilOperatorAsks(): Promise<void> {
    this.retryRequested = false;
    this.show({ state: 'needs_operator' });
    upsertSearchAttributes([{ key: searchAttributes.needsOperator, value: true }]);
    await condition(() => this.retryRequested || this.cancelRequested, retryAfter, {
      summary: 'tries the failed orders again',
    });
    upsertSearchAttributes([{ key: searchAttributes.needsOperator, value: false }]);
  }

  private async continueOnNextPage(): Promise<void> {
    await condition(() => this.cancelRequested || allHandlersFinished());
    if (this.cancelRequested) return;
    await continueAsNew<typeof invoiceRun>({
      v: this.input.v,
      ...this.key,
      carried: {
        afterSaleOrderId: this.afterSaleOrderId,
        failed: this.status.failed,
        lastFailure: this.status.lastFailure,
        retryRequested: this.retryRequested,
      },
    });
  }

  private show(change: Partial<InvoiceRunStatus>): void {
    this.status = { ...this.status, ...change };
    setCurrentDetails(currentDetails(this.key.runId, this.status));
  }
}

/** The reconcile sweep starts a lost run without attributes. */
function markCompany(companyId: string): void {
  if (workflowInfo().typedSearchAttributes.get(searchAttributes.companyId) === companyId) return;
  upsertSearchAttributes([
    { key: searchAttributes.companyId, value: companyId },
    { key: searchAttributes.needsOperator, value: false },
  ]);
}
