import { ApplicationFailure, isCancellation, log, proxyLocalActivities, Trigger } from '@temporalio/workflow';
import type { TicketActivities } from '../../activities/ticket';
import type { TicketDecision } from '../../domain/ticket/decisions';
import type { TicketSnapshot } from '../../domain/ticket/snapshot';
import { failureBehind } from './activity-failure';
import { continuingFailure } from './ids';
import type { Asker, DecisionAnswer, RefusedSignal, ToldDecision, WaitingSignal } from './messages';

interface AskedDecision extends ToldDecision {
  /** Of the update, whose caller waits. */
  readonly answer: Trigger<DecisionAnswer>;
}

/**
 * Somebody waits for the answer, so the transaction runs as a local activity: one guarded transaction, given up
 * well before the request's own deadline. The number of attempts ends it: while attempts fail quickly the SDK goes
 * on past `scheduleToCloseTimeout`.
 */
const { decideTicket, recordRefusedSignal } = proxyLocalActivities<TicketActivities>({
  startToCloseTimeout: '3 seconds',
  scheduleToCloseTimeout: '5 seconds',
  retry: {
    initialInterval: '100 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '1 second',
    maximumAttempts: 6,
  },
});

/** Decisions, one at a time and in the order they came. */
export class DecisionLane {
  private refusing = false;
  private readonly waiting: (AskedDecision | ToldDecision | RefusedSignal)[];

  constructor(
    private readonly ticket: { readonly companyId: string; readonly ticketId: string },
    carried: readonly WaitingSignal[],
    /** Told of each decision taken, before whoever asked for it is answered. */
    private readonly onDecided: (decision: TicketDecision, snapshot: TicketSnapshot) => void,
  ) {
    this.waiting = [...carried];
  }

  get length(): number {
    return this.waiting.length;
  }

  /** What waits and has nobody to answer, for the next run. */
  get signals(): WaitingSignal[] {
    return this.waiting.filter((waiting) => !('answer' in waiting));
  }

  /** Tells everybody who waits for an answer, or asks, that nothing was decided: the next run takes what they ask. */
  refuseUpdates(): void {
    this.refusing = true;
    for (const waiting of this.waiting) {
      if (!('answer' in waiting)) continue;
      waiting.answer.reject(beingContinued());
    }
  }

  /** Queues a decision and answers when it was taken. @throws ApplicationFailure whose type is the refusal's code */
  async ask(decision: TicketDecision, commandId: string, asker: Asker | undefined): Promise<DecisionAnswer> {
    if (this.refusing) throw beingContinued();
    const answer = new Trigger<DecisionAnswer>();
    this.waiting.push({ decision, commandId, ...(asker === undefined ? {} : { asker }), answer });
    try {
      return await answer;
    } catch (error) {
      // A cancelled run answers everybody who waits: what they ask may be sent to the next run.
      if (!isCancellation(error)) throw error;
      throw ApplicationFailure.nonRetryable('The ticket’s workflow was cancelled.', 'temporal_unavailable');
    }
  }

  /** Queues a decision that nobody waits for; its refusal becomes an event on the ticket. */
  tell(decision: TicketDecision, commandId: string, asker: Asker | undefined): void {
    this.waiting.push({ decision, commandId, ...(asker === undefined ? {} : { asker }) });
  }

  /** Queues the record of a signal that cannot be understood. */
  refuse(signal: string, commandId: string, refusal: string): void {
    this.waiting.push({ signal, commandId, refusal });
  }

  /** Takes the next decision; `unknown` when the database did not say whether it was taken. */
  async next(): Promise<'decided' | 'refused' | 'unknown'> {
    const waiting = this.waiting.shift();
    if (waiting === undefined) return 'refused';
    if ('refusal' in waiting) {
      await recordRefusedSignal({ ...this.ticket, ...waiting, atMs: Date.now() }).catch((error: unknown) => {
        if (isCancellation(error)) throw error;
        log.warn('a refused signal was not recorded', {
          commandId: waiting.commandId,
          code: failureBehind(error).type,
        });
      });
      return 'refused';
    }
    const { decision, commandId, asker } = waiting;
    const answer = 'answer' in waiting ? waiting.answer : undefined;
    try {
      const snapshot = await decideTicket({
        ...this.ticket,
        commandId,
        decision,
        asker: asker ?? null,
        atMs: Date.now(),
      });
      this.onDecided(decision, snapshot);
      answer?.resolve({ commandId, state: 'applied' });
      return 'decided';
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failure = failureBehind(error);
      log.info('decision refused', { commandId, decision: decision.kind, code: failure.type });
      answer?.reject(failure);
      return failure.type === 'database_unavailable' || failure.type === 'internal_error'
        ? 'unknown'
        : 'refused';
    }
  }
}

/** Of an update that the next run takes. */
export function beingContinued(): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    'The workflow is being continued; send it again.',
    continuingFailure,
  );
}
