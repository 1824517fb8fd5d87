import { condition, isCancellation, log, patched, proxyActivities } from '@temporalio/workflow';
import type { TicketActivities } from '../../activities/ticket';
import { failureBehind } from './activity-failure';

/**
 * Bills time entries one after the other beside the decisions, so that a bill that fails never holds up a stage
 * move. A bill that fails for good stops the lane, is shown to the operators, and waits for `retryBilling`.
 */
export class BillingLane {
  private readonly waiting: string[];
  private inWork: string | null = null;
  private stopped = false;
  private paused = false;

  constructor(
    private readonly ticket: { readonly companyId: string; readonly ticketId: string },
    carried: { readonly pendingEntryIds: readonly string[]; readonly needsOperator: string | null },
    private readonly onChange: () => void,
  ) {
    this.waiting = [...carried.pendingEntryIds];
    this.needsOperator = carried.needsOperator;
  }

  /** Why billing waits for a person; `null` while it does not. */
  needsOperator: string | null;

  /** What another run has to bill: the entry in work may be billed by both, once. */
  get pendingEntryIds(): readonly string[] {
    const { inWork, waiting } = this;
    return inWork === null || waiting.includes(inWork) ? waiting : [inWork, ...waiting];
  }

  /** How many entries are still to be billed, the one in work included. */
  get unbilled(): number {
    return this.waiting.length + (this.isWorking ? 1 : 0);
  }

  get idle(): boolean {
    return !this.isWorking && (this.waiting.length === 0 || this.needsOperator !== null);
  }

  /** Queues entries; one that waits already is billed once, at its latest version. */
  add(entryIds: readonly string[]): void {
    for (const entryId of entryIds) {
      if (!this.waiting.includes(entryId)) this.waiting.push(entryId);
    }
  }

  /** Takes up again what stopped the lane. */
  retry(entryIds: readonly string[]): void {
    this.needsOperator = null;
    this.add(entryIds);
    this.onChange();
  }

  get isWorking(): boolean {
    return this.inWork !== null;
  }

  /** Begins no further entry: those that wait are carried to the next run. */
  pause(): void {
    this.paused = true;
  }

  /** Ends the lane after the entry in work. */
  stop(): void {
    this.stopped = true;
  }

  /** Works until stopped or cancelled. */
  async run(): Promise<void> {
    for (;;) {
      await condition(
        () => this.stopped || (this.waiting.length > 0 && this.needsOperator === null && !this.paused),
      );
      if (this.stopped) return;
      await this.billNext();
    }
  }

  private async billNext(): Promise<void> {
    const entryId = this.waiting.shift();
    if (entryId === undefined) return;
    this.inWork = entryId;
    try {
      await activitiesFor(entryId).applyTimesheet({ ...this.ticket, entryId });
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { type } = failureBehind(error);
      // Typed by hand, or of a database that was restored since: nothing is owed, and nobody could mend it.
      const isUnknown = type === 'not_found' && patched('unknown-entries-passed-by');
      if (isUnknown) log.warn('a time entry that does not exist is passed by', { entryId });
      else {
        this.waiting.unshift(entryId);
        this.needsOperator = type ?? 'internal_error';
      }
    } finally {
      this.inWork = null;
    }
    this.onChange();
  }
}

/** Tried again as long as the database is away; the activity itself says what is hopeless. */
function activitiesFor(entryId: string): Pick<TicketActivities, 'applyTimesheet'> {
  return proxyActivities<TicketActivities>({
    startToCloseTimeout: '15 seconds',
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
    summary: `bill ${entryId}`,
  });
}
