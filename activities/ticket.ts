import { activityInfo, log } from '@temporalio/activity';
import type { TicketDecision } from '../domain/ticket/decisions';
import type { TicketSnapshot } from '../domain/ticket/snapshot';
import type { Database } from '../prisma/client';
import { type Command, type Context, systemContext } from '../services/context';
import { clockCauses } from '../services/sla/plan-clocks';
import { settleTicket } from '../services/sla/settle-ticket';
import { prepared } from '../services/statements-transaction';
import { decideTicket } from '../services/tickets/decide-ticket';
import { asOperator } from '../services/tickets/operator-command';
import { recordRefusedSignal } from '../services/tickets/record-refused-signal';
import { ticketSnapshot } from '../services/tickets/ticket-snapshot';
import { applyTimesheet } from '../services/timesheets/apply-timesheet';
import type { Asker } from '../workflows/ticket/messages';
import { mappingFailures } from './failures';

interface TicketReference {
  readonly companyId: string;
  readonly ticketId: string;
}

/** The workflow's clock: decisions and breaches are dated by it, so that a replayed step dates them the same. */
interface Dated {
  readonly atMs: number;
}

export type TicketActivities = ReturnType<typeof createTicketActivities>;

/** The ticket workflow's activities: unpack, call the verb, map errors. Every one may run more than once. */
export function createTicketActivities({ database }: { readonly database: Database }) {
  const reads = prepared(database.pool);

  function contextOf(reference: TicketReference, at?: Dated): Context {
    return systemContext({
      companyId: reference.companyId,
      database,
      actor: { type: 'system', process: 'workflow' },
      ...(at === undefined ? {} : { now: () => new Date(at.atMs) }),
    });
  }

  return {
    /** What the workflow must know of its ticket. Local activity, read-only. */
    loadTicket(input: TicketReference): Promise<TicketSnapshot> {
      return mappingFailures(() => ticketSnapshot(reads, input.companyId, input.ticketId));
    },

    /**
     * Takes one decision in one guarded transaction, once by its command id, and answers the ticket after it.
     * Local activity. @throws ApplicationFailure whose type is the refusal's code, not retryable
     */
    decideTicket(
      input: TicketReference &
        Dated & {
          readonly commandId: string;
          readonly decision: TicketDecision;
          readonly asker: Asker | null;
        },
    ): Promise<TicketSnapshot> {
      return mappingFailures(async () => {
        const { commandId, decision, asker } = input;
        const decide = (command: Command) =>
          decideTicket(
            {
              ...contextOf(input, input),
              actor: asker?.actor ?? { type: 'operator' },
              requestId: asker?.requestId ?? null,
              command,
            },
            input.ticketId,
            decision,
            { expectedVersion: asker?.expectedVersion },
          );
        await (asker === null
          ? asOperator(commandId, decision, decide)
          : decide({ commandId, fingerprint: asker.fingerprint, replayed: false }));
        return ticketSnapshot(reads, input.companyId, input.ticketId);
      });
    },

    /**
     * Settles what is due, each warning and breach once; a cause that is none counts as `recalculated`. Local activity.
     */
    settleTicket(input: TicketReference & Dated & { readonly cause: string }): Promise<TicketSnapshot> {
      return mappingFailures(async () => {
        const cause = clockCauses.find((known) => known === input.cause) ?? 'recalculated';
        await settleTicket(contextOf(input, input), input.ticketId, cause);
        return ticketSnapshot(reads, input.companyId, input.ticketId);
      }, activityInfo().attempt);
    },

    /** Writes down that an operator's signal made no sense, once by its command id. Local activity. */
    recordRefusedSignal(
      input: TicketReference &
        Dated & { readonly signal: string; readonly commandId: string; readonly refusal: string },
    ): Promise<void> {
      return mappingFailures(async () => {
        await recordRefusedSignal(contextOf(input, input), input.ticketId, input);
      });
    },

    /**
     * Brings the ledger to a time entry's latest version: its slices and its line's delivered minutes, once per
     * version however often it runs. Normal activity, so that operators find it by name.
     */
    applyTimesheet(input: TicketReference & { readonly entryId: string }): Promise<void> {
      return mappingFailures(async () => {
        const { outcome, version } = await applyTimesheet(contextOf(input), { entryId: input.entryId });
        log.info('time billed', { entryId: input.entryId, version, outcome });
      }, activityInfo().attempt);
    },
  };
}
