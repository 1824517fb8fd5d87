import { randomUUID } from 'node:crypto';
import {
  ApplicationFailure,
  type Client,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { isLostUpdate, mayBeTriedAgain, temporalTrouble } from '../../config/temporal';
import { DomainError, type ErrorCode, errorCodes } from '../../domain/shared/errors';
import type { TicketDecision, TicketDecisionKind } from '../../domain/ticket/decisions';
import type { Command, Context } from '../../services/context';
import { tellTicketToLookAgain } from '../../services/outbox/tell-ticket';
import { prepared } from '../../services/statements-transaction';
import type { DecisionGuard } from '../../services/tickets/decision';
import { storedResult } from '../../services/transaction';
import { continuingFailure, ticketWorkflowId, ticketWorkflowSummary } from '../../workflows/ticket/ids';
import * as messages from '../../workflows/ticket/messages';
import { describeWorkflow } from './describe-workflow';
import type { DecisionOutcome, SeenTicket, TicketGateway } from './ticket-gateway';

export interface TicketGatewayOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly uiUrl: string;
  /** How long a request waits for its decision before it answers 202. */
  readonly decisionDeadlineMs: number;
}

const updateNames: Readonly<Record<TicketDecisionKind, string>> = {
  move_stage: messages.moveStageUpdate.name,
  assign: messages.assignUpdate.name,
  change_attributes: messages.changeAttributesUpdate.name,
  close: messages.closeUpdate.name,
  reopen: messages.reopenUpdate.name,
  archive: messages.archiveUpdate.name,
  recalculate_sla: messages.recalculateSlaUpdate.name,
  retry_billing: messages.retryBillingUpdate.name,
};

/** A run may not be started within a second of the last one with its id; a decision right after a close waits it out. */
const startAgainPauseMs = 250;
/** A run that is being continued is continued within a task or two; asked again too early, it only says so again. */
const continuedPauseMs = 20;

/** The gateway over a real Temporal client; see `TicketGateway` for what it guarantees. */
export function createTicketGateway(options: TicketGatewayOptions): TicketGateway {
  return {
    decide: (context, ticket, decision, guard) => decide(options, context, ticket, decision, guard),
    describe: (ticket) => describeWorkflow(options, ticket),
  };
}

async function decide(
  options: TicketGatewayOptions,
  context: Context,
  ticket: SeenTicket,
  decision: TicketDecision,
  guard: DecisionGuard,
): Promise<DecisionOutcome> {
  const { command } = context;
  if (command === null) throw new Error('a decision has a command');
  const known = await readCommand(context, command).catch((error: unknown) => {
    // A refusal that is kept with the command is an answer that was given before as well.
    command.replayed = error instanceof DomainError && error.code !== 'idempotency_key_reused';
    throw error;
  });
  if (known !== undefined) {
    command.replayed = true;
    await lookAgain(context, ticket);
    return { state: 'applied', result: known.result };
  }
  try {
    await sendUpdate(options, context, command, ticket, decision, guard);
  } catch (error) {
    if (!isRefusal(error)) void lookAgain(context, ticket);
    return await answerWithoutSuccess(context, command, ticket.id, error);
  }
  const done = await readCommand(context, command);
  if (done === undefined) throw new Error('a decision left no record of its answer');
  return { state: 'applied', result: done.result };
}

/** It waits for a decision in work, whose commit it is to tell of. What it cannot do is left to the reconcile sweep. */
async function lookAgain(context: Context, ticket: SeenTicket): Promise<void> {
  await tellTicketToLookAgain(context, ticket.id).catch(() => undefined);
}

/**
 * Sends the update until it is answered; again where nothing was decided: the server only asked to wait, the run
 * ended with the update in it, or what came back is the failure of an earlier request. A run keeps the failure of an
 * update id for ever, so that attempt gets an id of its own; the command id makes all of them one decision.
 */
async function sendUpdate(
  options: TicketGatewayOptions,
  context: Context,
  command: Command,
  ticket: SeenTicket,
  decision: TicketDecision,
  guard: DecisionGuard,
): Promise<void> {
  const deadline = Date.now() + options.decisionDeadlineMs;
  const { kind, ...request } = decision;
  const asker: messages.Asker = {
    actor: context.actor,
    requestId: context.requestId,
    fingerprint: command.fingerprint,
    ...(guard.expectedVersion === undefined ? {} : { expectedVersion: guard.expectedVersion }),
    commandId: command.commandId,
  };
  let updateId = command.commandId;
  for (let attempt = 0; ; attempt++) {
    const startWorkflowOperation = new WithStartWorkflowOperation('ticket', {
      workflowId: ticketWorkflowId(ticket.id),
      taskQueue: options.taskQueue,
      args: [{ v: 1, companyId: context.companyId, ticketId: ticket.id }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: ticketWorkflowSummary(ticket.reference),
    });
    try {
      await options.client.withDeadline(deadline, () =>
        options.client.workflow.executeUpdateWithStart<Workflow, messages.DecisionAnswer, [object]>(
          updateNames[kind],
          {
            startWorkflowOperation,
            updateId,
            args: [{ ...request, asker }],
          },
        ),
      );
      return;
    } catch (error) {
      const neededMs = timeForNextMs(error, options.decisionDeadlineMs);
      if (neededMs === null || Date.now() + neededMs >= deadline) throw error;
      if (isFailedAttempt(error)) updateId = `${command.commandId}-${randomUUID()}`;
      const pauseMs =
        failureType(error) === continuingFailure
          ? Math.min(continuedPauseMs * 2 ** attempt, startAgainPauseMs)
          : startAgainPauseMs;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** Failures that say nothing about the decision itself. */
const undecided: readonly string[] = ['database_unavailable', 'internal_error', 'temporal_unavailable'];
/**
 * The server's words for an update whose run ended before it was answered, and for one that a worker passed over, as
 * may happen while Temporal comes back; the workflow's own while it is continued in another run: nothing was decided,
 * and the update is gone.
 */
const gone: readonly string[] = ['AcceptedUpdateCompletedWorkflow', 'UnprocessedUpdate', continuingFailure];

function failureType(error: unknown): string | null {
  if (!(error instanceof WorkflowUpdateFailedError)) return null;
  return error.cause instanceof ApplicationFailure ? (error.cause.type ?? null) : null;
}

function isFailedAttempt(error: unknown): boolean {
  return undecided.includes(failureType(error) ?? '');
}

/** The workflow's own word that it decided against; after anything else it is not known what was decided. */
function isRefusal(error: unknown): boolean {
  const type = failureType(error);
  return type !== null && !undecided.includes(type) && !gone.includes(type);
}

/**
 * How much time must be left for another attempt; `null` when there is to be none. A failed attempt takes seconds: one
 * that answers at once is one that failed for an earlier request.
 */
function timeForNextMs(error: unknown, decisionDeadlineMs: number): number | null {
  if (temporalTrouble(error) === 'resourceExhausted') return startAgainPauseMs;
  const lost =
    isLostUpdate(error) || gone.includes(failureType(error) ?? '') || error instanceof WorkflowNotFoundError;
  if (lost) return startAgainPauseMs;
  return isFailedAttempt(error) ? decisionDeadlineMs * 0.75 : null;
}

/** What the command's record says: the stored answer, `undefined` while there is none. @throws DomainError its refusal */
async function readCommand(
  context: Context,
  command: Command,
): Promise<{ readonly result: unknown } | undefined> {
  const { rows } = await prepared(context.database.pool).query(
    'SELECT fingerprint, status, result FROM idempotency_key WHERE company_id = $1 AND command_id = $2',
    [context.companyId, command.commandId],
  );
  const [row] = rows as Parameters<typeof storedResult>[0][];
  if (row === undefined || (row.status === 'pending' && row.fingerprint === command.fingerprint))
    return undefined;
  return { result: storedResult(row, command) };
}

async function answerWithoutSuccess(
  context: Context,
  command: Command,
  ticketId: string,
  error: unknown,
): Promise<DecisionOutcome> {
  if (error instanceof WorkflowUpdateFailedError) {
    const known = await readCommand(context, command);
    if (known !== undefined) return { state: 'applied', result: known.result };
    throw refusalOf(error);
  }
  if (
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    temporalTrouble(error) === 'deadlineExceeded'
  ) {
    return await answerPending(context, command, ticketId);
  }
  if (mayBeTriedAgain(error) || isLostUpdate(error)) {
    throw new DomainError(
      'temporal_unavailable',
      'Decisions cannot be taken just now; try again, with the same Idempotency-Key where you sent one.',
      {
        retryAfterSeconds: 5,
      },
    );
  }
  throw error;
}

/** The decision goes on without the request: its command can be asked for, also while Temporal is away. */
async function answerPending(context: Context, command: Command, ticketId: string): Promise<DecisionOutcome> {
  const { prisma } = context.database;
  await prisma.$transaction([
    // A transaction of the decision itself may hold the key while it waits for the ticket.
    prisma.$executeRaw`SET LOCAL lock_timeout = '1s'`,
    prisma.$executeRaw`
      INSERT INTO idempotency_key (company_id, command_id, fingerprint, status, ticket_id)
      VALUES (${context.companyId}, ${command.commandId}, ${command.fingerprint}, 'pending', ${ticketId})
      ON CONFLICT (company_id, command_id) DO NOTHING`,
  ]);
  const known = await readCommand(context, command);
  return known === undefined
    ? { state: 'pending', commandId: command.commandId }
    : { state: 'applied', result: known.result };
}

function isErrorCode(type: string | null | undefined): type is ErrorCode {
  return errorCodes.some((code) => code === type);
}

function refusalOf(failure: WorkflowUpdateFailedError): Error {
  const { cause } = failure;
  if (!(cause instanceof ApplicationFailure)) return failure;
  const code = gone.includes(cause.type ?? '') ? 'temporal_unavailable' : cause.type;
  if (!isErrorCode(code)) return failure;
  if (!undecided.includes(code)) return new DomainError(code, cause.message);
  return new DomainError(
    code,
    'The decision was not taken just now; try again, with the same Idempotency-Key where you sent one.',
    { retryAfterSeconds: 2 },
  );
}
