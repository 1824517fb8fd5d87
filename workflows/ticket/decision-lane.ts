import { ApplicationFailure, isCancellation, log, proxyLocalActivities, Trigger } from '@temporalio/workflow';
import type { TicketActivities } from '../../activities/ticket';
import type { TicketDecision } from '../../domain/ticket/decisions';
import type { TicketSnapshot } from '../../domain/ticket/snapshot';
import { failureBehind } from './activity-failure';
import type { Asker, DecisionAnswer } from './messages';

/** A signal whose argument made no sense; it is recorded on the ticket like every refused signal. */
interface RefusedSignal {
  readonly signal: string;
  readonly commandId: string;
  readonly refusal: string;
}

interface WaitingDecision {
  readonly decision: TicketDecision;
  readonly commandId: string;
  readonly asker: Asker | undefined;
  /** Of an update, whose caller waits; a signal has nobody to answer. */
  readonly answer: Trigger<DecisionAnswer> | undefined;
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
  private readonly waiting: (WaitingDecision | RefusedSignal)[] = [];

  constructor(
    private readonly ticket: { readonly companyId: string; readonly ticketId: string },
    /** Told of each decision taken, before whoever asked for it is answered. */
    private readonly onDecided: (decision: TicketDecision, snapshot: TicketSnapshot) => void,
  ) {}

  get length(): number {
    return this.waiting.length;
  }

  /** Queues a decision and answers when it was taken. @throws ApplicationFailure whose type is the refusal's code */
  async ask(decision: TicketDecision, commandId: string, asker: Asker | undefined): Promise<DecisionAnswer> {
    const answer = new Trigger<DecisionAnswer>();
    this.waiting.push({ decision, commandId, asker, answer });
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
    this.waiting.push({ decision, commandId, asker, answer: undefined });
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
    const { decision, commandId, asker, answer } = waiting;
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
