import {
  allHandlersFinished,
  condition,
  continueAsNew,
  currentUpdateInfo,
  isCancellation,
  patched,
  proxyLocalActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { TicketActivities } from '../../activities/ticket';
import type { TicketDecision } from '../../domain/ticket/decisions';
import type { TicketSnapshot } from '../../domain/ticket/snapshot';
import { failureBehind } from './activity-failure';
import { BillingLane } from './billing-lane';
import { DecisionLane } from './decision-lane';
import { currentDetails, type Trouble, waitingFor } from './details';
import { registerHandlers } from './handlers';
import type { Asker, Fact, TicketInput, TicketStatus } from './messages';
import { SearchAttributeMirror } from './search-attribute-mirror';

/** Enough to recognise what the relay may send again; effects are keyed in the database besides. */
const rememberedJobs = 200;
/** Keeps the replay after a cache miss under half a second (reference: measured 1 ms an event). */
const eventsBeforeContinueAsNew = 500;

/** Reads and settling may take as long as the database is away: nobody waits for them. */
const { loadTicket, settleTicket } = proxyLocalActivities<TicketActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/**
 * One ticket's life (architecture.md §3): takes decisions one after the other, bills logged time beside them, and
 * settles warnings and breaches when they are due. PostgreSQL holds the record; this holds what the ticket waits
 * for. It ends when the ticket is closed or archived and nothing is pending; any later fact or decision starts it
 * again. It never fails: what cannot go on waits for an operator.
 */
export async function ticket(input: TicketInput): Promise<void> {
  const run = new TicketRun(input);
  registerHandlers(run);
  await run.live();
}

/** The workflow's state and its one loop; the handlers only queue. */
export class TicketRun {
  readonly decisions: DecisionLane;
  readonly billing: BillingLane;
  private snapshot: TicketSnapshot | null = null;
  private readonly seenJobIds: string[];
  /** Causes of recalculations that wait; each counts, for they do not all do the same. */
  private readonly recalculations: string[];
  /** Why warnings and breaches are not settled any more; `null` while they are. */
  private settlingStopped: string | null = null;
  private operatorSignals: number;
  /** Whether the run is long enough: it begins nothing new and is continued as soon as nothing is under way. */
  private continuing = false;
  private lengthNoticed = false;
  private billingFailure: { readonly error: unknown } | null = null;
  private readonly attributes = new SearchAttributeMirror();
  private readonly ticket: { readonly companyId: string; readonly ticketId: string };

  constructor(private readonly input: TicketInput) {
    this.ticket = { companyId: input.companyId, ticketId: input.ticketId };
    this.recalculations = [...(input.carried?.recalculations ?? [])];
    this.seenJobIds = [...(input.carried?.seenJobIds ?? [])];
    this.operatorSignals = input.carried?.operatorSignals ?? 0;
    this.decisions = new DecisionLane(this.ticket, input.carried?.signals ?? [], (decision, snapshot) =>
      this.decided(decision, snapshot),
    );
    this.billing = new BillingLane(
      this.ticket,
      {
        pendingEntryIds: input.carried?.pendingEntryIds ?? [],
        needsOperator: input.carried?.needsOperator ?? null,
      },
      () => this.show(),
    );
  }

  /** Takes in facts of the relay; what was seen before is ignored. */
  takeFacts(facts: readonly Fact[]): void {
    for (const fact of facts) {
      if (this.seenJobIds.includes(fact.jobId)) continue;
      this.seenJobIds.push(fact.jobId);
      if (this.seenJobIds.length > rememberedJobs) this.seenJobIds.shift();
      if (fact.kind === 'timesheet_changed') this.billing.add([String(fact.reference.entryId)]);
      if (fact.kind === 'clocks_changed') {
        const cause = String(fact.reference.cause);
        if (!this.recalculations.includes(cause)) this.recalculations.push(cause);
      }
    }
  }

  /**
   * The command id of a message: what the API sent; for an operator's update its id, which Temporal keeps apart for
   * each workflow and so do we; for a signal its place among the operator's signals of this chain of runs, so that a
   * reset, which sends them again, finds what they did before.
   */
  commandId(asker?: Asker): string {
    if (asker?.commandId !== undefined) return asker.commandId;
    const updateId = currentUpdateInfo()?.id;
    if (updateId !== undefined) {
      return asker === undefined ? `${this.ticket.ticketId}-${updateId}` : updateId;
    }
    this.operatorSignals += 1;
    return `signal-${workflowInfo().firstExecutionRunId}-${this.operatorSignals}`;
  }

  status(): TicketStatus {
    const nextDeadlineMs = this.snapshot?.nextDeadlineMs ?? null;
    return {
      reference: this.snapshot?.reference ?? null,
      stage: this.snapshot?.stage ?? null,
      slaState: this.snapshot?.slaState ?? null,
      waitingFor: waitingFor(this.snapshot, this.trouble()),
      nextDeadline: nextDeadlineMs === null ? null : new Date(nextDeadlineMs).toISOString(),
      pendingDecisions: this.decisions.length,
      pendingBilling: this.billing.unbilled,
      needsOperator: this.billing.needsOperator ?? this.settlingStopped,
    };
  }

  deadlines(): { nextDeadline: string | null; nextWakeAt: string | null } {
    const iso = (instantMs: number | null | undefined): string | null =>
      instantMs === null || instantMs === undefined ? null : new Date(instantMs).toISOString();
    return { nextDeadline: iso(this.snapshot?.nextDeadlineMs), nextWakeAt: iso(this.snapshot?.nextWakeAtMs) };
  }

  async live(): Promise<void> {
    this.update(await loadTicket(this.ticket));
    if (this.billing.needsOperator === null) this.billing.add(this.snapshot?.pendingEntryIds ?? []);
    void this.billing.run().catch((error: unknown) => {
      this.billingFailure = { error };
    });
    for (;;) {
      await this.waitForWork();
      if (this.billingFailure !== null) throw this.billingFailure.error;
      this.noticeLength();
      if (this.continuing) await this.continueInNextRun();
      const [cause] = this.recalculations;
      if (this.decisions.length > 0) {
        // Whether it was taken is not known: the timer must stand by what the database holds.
        if ((await this.decisions.next()) === 'unknown') this.update(await loadTicket(this.ticket));
      } else if (cause !== undefined) {
        this.recalculations.shift();
        await this.settle(cause);
      } else if (this.isDue()) {
        await this.settle('due');
      } else if (this.mayRest() && this.isFinished()) {
        this.billing.stop();
        return;
      } else if (this.mayRest() && this.isLong()) {
        await continueAsNew<typeof ticket>(this.carriedInput());
      }
    }
  }

  /** Whether updates are to be sent to the next run. */
  get isContinuing(): boolean {
    return this.continuing;
  }

  private noticeLength(): void {
    if (this.lengthNoticed || !this.isLong()) return;
    this.lengthNoticed = true;
    // Runs from before it wait for a moment without work, as they did: their histories say so.
    this.continuing = patched('continue-while-busy');
  }

  /**
   * Begins nothing more: what waits is carried, updates are sent again by who sent them. The task that continues the
   * run must be short, for the server refuses it whenever a signal came in meanwhile. A bill that is tried again and
   * again, as while its order line is held, does not hold it up.
   */
  private async continueInNextRun(): Promise<void> {
    this.billing.pause();
    this.decisions.refuseUpdates();
    // Runs from before it wait for the bill in work, as they did.
    const leavesBill = patched('continue-beside-a-bill');
    const isQuiet = (): boolean => (leavesBill || !this.billing.isWorking) && allHandlersFinished();
    await condition(() => this.billingFailure !== null || isQuiet());
    if (this.billingFailure !== null) throw this.billingFailure.error;
    await continueAsNew<typeof ticket>(this.carriedInput());
  }

  private decided(decision: TicketDecision, snapshot: TicketSnapshot): void {
    if (decision.kind === 'retry_billing') this.billing.retry(snapshot.pendingEntryIds);
    else if (decision.kind !== 'assign') this.settlingStopped = null;
    this.update(snapshot);
  }

  /** Settling that fails for good stops the timer, not the ticket; the reconcile sweep and operators take it up again. */
  private async settle(cause: string): Promise<void> {
    try {
      const snapshot = await settleTicket({ ...this.ticket, atMs: Date.now(), cause });
      this.settlingStopped = null;
      this.update(snapshot);
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.settlingStopped = failureBehind(error).type ?? 'internal_error';
      this.show();
    }
  }

  private async waitForWork(): Promise<void> {
    const hasWork = (): boolean =>
      this.billingFailure !== null ||
      this.decisions.length > 0 ||
      this.recalculations.length > 0 ||
      (!this.lengthNoticed && this.isLong()) ||
      (this.mayRest() && (this.isFinished() || this.isLong()));
    const wakeAtMs = this.wakeAtMs();
    if (wakeAtMs === null) {
      await condition(hasWork);
      return;
    }
    const waitMs = wakeAtMs - Date.now();
    if (waitMs <= 0 || hasWork()) return;
    const due = this.snapshot?.nextDeadlineMs === wakeAtMs ? 'SLA deadline' : 'SLA warning';
    await condition(hasWork, waitMs, { summary: `${due} ${new Date(wakeAtMs).toISOString()}` });
  }

  private wakeAtMs(): number | null {
    return this.settlingStopped === null ? (this.snapshot?.nextWakeAtMs ?? null) : null;
  }

  private isDue(): boolean {
    const wakeAtMs = this.wakeAtMs();
    return wakeAtMs !== null && wakeAtMs <= Date.now();
  }

  /** Nothing is under way that another run would have to know of. */
  private mayRest(): boolean {
    return (
      this.decisions.length === 0 &&
      this.recalculations.length === 0 &&
      this.billing.idle &&
      allHandlersFinished()
    );
  }

  private isFinished(): boolean {
    if (this.snapshot === null || this.needsOperator()) return false;
    return (
      (this.snapshot.archived || this.snapshot.stageCategory === 'closed') &&
      this.snapshot.nextWakeAtMs === null
    );
  }

  private isLong(): boolean {
    return workflowInfo().historyLength >= eventsBeforeContinueAsNew || workflowInfo().continueAsNewSuggested;
  }

  private carriedInput(): TicketInput {
    return {
      v: this.input.v,
      ...this.ticket,
      carried: {
        seenJobIds: this.seenJobIds,
        pendingEntryIds: this.billing.pendingEntryIds,
        needsOperator: this.billing.needsOperator,
        operatorSignals: this.operatorSignals,
        signals: this.decisions.signals,
        recalculations: this.recalculations,
      },
    };
  }

  private update(snapshot: TicketSnapshot): void {
    this.snapshot = snapshot;
    this.show();
  }

  private show(): void {
    if (this.snapshot === null) return;
    setCurrentDetails(currentDetails(this.snapshot, this.trouble()));
    this.attributes.show(this.ticket.companyId, this.snapshot, this.needsOperator());
  }

  private trouble(): Trouble {
    return { billing: this.billing.needsOperator, settling: this.settlingStopped };
  }

  private needsOperator(): boolean {
    return this.billing.needsOperator !== null || this.settlingStopped !== null;
  }
}
