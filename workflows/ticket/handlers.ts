import type { SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { patched, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import type { TicketDecision } from '../../domain/ticket/decisions';
import { beingContinued } from './decision-lane';
import * as messages from './messages';
import { nameTimeEntries, readFacts, refusalOf, toDecision, validate } from './requests';
import type { TicketRun } from './workflow';

type CheckKind = Parameters<typeof validate>[0];
type Asked = { readonly asker?: messages.Asker };

/** Wires the messages to the lanes. Handlers only queue: order, guards and effects live in the loop. */
export function registerHandlers(run: TicketRun): void {
  setHandler(
    messages.factsArrivedSignal,
    (message: unknown) => {
      const facts = readFacts(message);
      if (facts === null || (!nameTimeEntries(facts) && patched('facts-name-entries'))) {
        run.decisions.refuse(messages.factsArrivedSignal.name, run.commandId(), 'only the relay sends facts');
      } else run.takeFacts(facts);
    },
    {
      description:
        'Facts from the outbox: a ticket was created, time was logged or changed, calendars changed.',
    },
  );
  const both = <Request extends Asked>(
    update: UpdateDefinition<messages.DecisionAnswer, [Request]>,
    signal: SignalDefinition<[Request]>,
    check: CheckKind,
    decide: (request: Request) => TicketDecision,
    description: string,
  ): void => {
    answerUpdate(run, update, check, decide, description);
    hearSignal(run, signal, check, decide, description);
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
    async (request) => {
      await run.decisions.ask(toDecision.retryBilling(request), run.commandId(request.asker), request.asker);
      return { entries: run.billing.unbilled };
    },
    { validator: validatorOf(run, 'plain'), description: retryDescription },
  );
  hearSignal(run, messages.retryBillingSignal, 'plain', toDecision.retryBilling, retryDescription);
  // Without this a mistyped name would wait unseen for a handler that never comes.
  setDefaultSignalHandler((name) =>
    run.decisions.refuse(name.slice(0, 100), run.commandId(), 'there is no such signal'),
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
  setHandler(
    update,
    (request) => run.decisions.ask(decide(request), run.commandId(request.asker), request.asker),
    {
      validator: validatorOf(run, check),
      description,
    },
  );
}

/** Besides what makes no sense, refuses what comes while the run is being continued: the next one takes it. */
function validatorOf(run: TicketRun, check: CheckKind): (request: unknown) => void {
  const validateRequest = validate(check);
  return (request) => {
    validateRequest(request);
    if (run.isContinuing) throw beingContinued();
  };
}

function hearSignal<Request extends Asked>(
  run: TicketRun,
  signal: SignalDefinition<[Request]>,
  check: CheckKind,
  decide: (request: Request) => TicketDecision,
  description: string,
): void {
  setHandler(
    signal,
    (request) => {
      const commandId = run.commandId();
      const refusal = refusalOf(check, request);
      if (refusal !== null) run.decisions.refuse(signal.name, commandId, refusal);
      else run.decisions.tell(decide(request), commandId, request.asker);
    },
    { description },
  );
}
