import { ApplicationFailure, type SignalDefinition, type UpdateDefinition } from '@temporalio/common';
import { log, setHandler } from '@temporalio/workflow';
import type { TicketDecision } from '../../domain/ticket/decisions';
import { failureBehind } from './activity-failure';
import * as messages from './messages';
import { refusalOf, toDecision, validate } from './requests';
import type { TicketRun } from './workflow';

type CheckKind = Parameters<typeof validate>[0];
type Asked = { readonly asker?: messages.Asker };

/** Wires the messages to the lanes. Handlers only queue: order, guards and effects live in the loop. */
export function registerHandlers(run: TicketRun): void {
  setHandler(messages.factsArrivedSignal, ({ facts }) => run.takeFacts(facts), {
    description:
      'Facts from the outbox: a ticket was created, time was logged or changed, calendars changed.',
  });
  const both = <Request extends Asked>(
    update: UpdateDefinition<messages.DecisionAnswer, [Request]>,
    signal: SignalDefinition<[Request]>,
    check: CheckKind,
    decide: (request: Request) => TicketDecision,
    description: string,
  ): void => {
    answerUpdate(run, update, check, decide, description);
    setHandler(
      signal,
      (request) => {
        const commandId = run.commandId();
        const refusal = refusalOf(check, request);
        if (refusal !== null) {
          run.decisions.refuse(signal.name, commandId, refusal);
          return;
        }
        run.decisions.tell(decide(request), commandId, request.asker);
      },
      { description },
    );
  };
  both(
    messages.moveStageUpdate,
    messages.moveStageSignal,
    'moveStage',
    toDecision.moveStage,
    'Move to a stage: {"stageId": "stg_…", "reason": "…"}',
  );
  both(
    messages.assignUpdate,
    messages.assignSignal,
    'assign',
    toDecision.assign,
    'Assign to a user or nobody: {"userId": "usr_…" or null, "reason": "…"}',
  );
  both(
    messages.setPriorityUpdate,
    messages.setPrioritySignal,
    'setPriority',
    toDecision.setPriority,
    'Set the priority: {"priority": "low|medium|high|urgent", "reason": "…"}',
  );
  both(
    messages.closeUpdate,
    messages.closeSignal,
    'stageOption',
    toDecision.close,
    'Close, into a closed stage if named: {"stageId": "stg_…", "reason": "…"}',
  );
  both(
    messages.reopenUpdate,
    messages.reopenSignal,
    'stageOption',
    toDecision.reopen,
    'Reopen, into a stage if named: {"stageId": "stg_…", "reason": "…"}',
  );
  both(
    messages.archiveUpdate,
    messages.archiveSignal,
    'plain',
    toDecision.archive,
    'Archive the ticket: {"reason": "…"}',
  );
  both(
    messages.recalculateSlaUpdate,
    messages.recalculateSlaSignal,
    'plain',
    toDecision.recalculateSla,
    'Compute the clocks anew: {"reason": "…"}',
  );
  answerUpdate(
    run,
    messages.changeAttributesUpdate,
    'changeAttributes',
    toDecision.changeAttributes,
    'Change team, priority, contact or order line (used by the API).',
  );
  const retryDescription = 'Take billing up again after its cause was mended: {"reason": "…"}';
  setHandler(
    messages.retryBillingUpdate,
    async (request) => ({ entries: await retryBilling(run, request) }),
    {
      validator: validate('plain'),
      description: retryDescription,
    },
  );
  setHandler(
    messages.retryBillingSignal,
    async (request) => {
      const refusal = refusalOf('plain', request);
      if (refusal !== null) {
        run.decisions.refuse(messages.retryBillingSignal.name, run.commandId(), refusal);
        return;
      }
      // An error that left a signal's handler would fail the ticket.
      await retryBilling(run, request).catch((error: unknown) => {
        if (!(error instanceof ApplicationFailure)) throw error;
        log.warn('billing was not taken up', { code: error.type });
      });
    },
    { description: retryDescription },
  );
  setHandler(messages.statusQuery, () => run.status(), { description: 'What the ticket is and waits for.' });
  setHandler(messages.deadlinesQuery, () => run.deadlines(), {
    description: 'The next deadline and the timer.',
  });
}

function answerUpdate<Request extends Asked>(
  run: TicketRun,
  update: UpdateDefinition<messages.DecisionAnswer, [Request]>,
  check: CheckKind,
  decide: (request: Request) => TicketDecision,
  description: string,
): void {
  setHandler(update, (request) => run.decisions.ask(decide(request), run.commandId(), request.asker), {
    validator: validate(check),
    description,
  });
}

/** Records the operator's reason, then bills what is pending. @throws ApplicationFailure */
async function retryBilling(run: TicketRun, request: messages.RetryBillingRequest): Promise<number> {
  await run.decisions.ask(toDecision.retryBilling(request), run.commandId(), request.asker);
  try {
    return await run.retryBilling();
  } catch (error) {
    throw failureBehind(error);
  }
}
