import { ApplicationFailure } from '@temporalio/common';
import { type IdKind, idPattern } from '../../domain/shared/ids';
import type { TicketDecision } from '../../domain/ticket/decisions';
import { priorities } from '../../domain/ticket/values';
import type {
  AssignRequest,
  ChangeAttributesRequest,
  Fact,
  MoveStageRequest,
  PlainRequest,
  SetPriorityRequest,
  StageOptionRequest,
} from './messages';

type Members = Readonly<Record<string, unknown>>;

/** What is wrong with an argument, in words for whoever typed it into the Temporal UI; `null` when nothing is. */
type Check = (request: Members) => string | null;

const longestReason = 500;

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** PostgreSQL stores no NUL, and a reason is one line. */
const controlCharacters = /\p{Cc}/u;

function checkCommon({ reason, asker }: Members): string | null {
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > longestReason)) {
    return `"reason" must be a text of at most ${longestReason} characters`;
  }
  if (reason !== undefined && controlCharacters.test(reason)) return '"reason" must be one line';
  return asker === undefined || isAsker(asker) ? null : '"asker" is filled in by the API; leave it out';
}

function isAsker(asker: unknown): boolean {
  return (
    isObject(asker) &&
    isObject(asker.actor) &&
    typeof asker.actor.type === 'string' &&
    typeof asker.fingerprint === 'string' &&
    (asker.requestId === null || typeof asker.requestId === 'string') &&
    (asker.expectedVersion === undefined || Number.isInteger(asker.expectedVersion)) &&
    (asker.commandId === undefined || isId(asker.commandId, 'command'))
  );
}

const isId = (value: unknown, kind: IdKind): boolean =>
  typeof value === 'string' && idPattern(kind).test(value);

const isOptionalId = (value: unknown, kind: IdKind): boolean => value === undefined || isId(value, kind);

const isPriority = (value: unknown): boolean => priorities.some((priority) => priority === value);

const attributeChecks = new Map<string, (value: unknown) => boolean>([
  ['priority', isPriority],
  ['teamId', (value) => isId(value, 'team')],
  ['contactId', (value) => value === null || isId(value, 'contact')],
  ['saleOrderLineId', (value) => value === null || isId(value, 'saleOrderLine')],
]);

function checkAttributes(changes: unknown): string | null {
  if (!isObject(changes)) return '"changes" must be an object';
  const bad = Object.entries(changes).find(([name, value]) => attributeChecks.get(name)?.(value) !== true);
  return bad === undefined ? null : `"changes" has a member that cannot be used: "${bad[0].slice(0, 100)}"`;
}

function checkStages({ stageId, fromStageId }: Members): string | null {
  if (!isOptionalId(stageId, 'stage')) return '"stageId" must be a stage id such as "stg_…"';
  return isOptionalId(fromStageId, 'stage') ? null : '"fromStageId" must be a stage id, or left out';
}

const checks = {
  moveStage: (request) =>
    request.stageId === undefined ? '"stageId" must be a stage id such as "stg_…"' : checkStages(request),
  assign: (request) =>
    request.userId === null || isId(request.userId, 'user')
      ? null
      : '"userId" must be a user id such as "usr_…", or null',
  setPriority: (request) =>
    isPriority(request.priority) ? null : `"priority" must be one of ${priorities.join(', ')}`,
  changeAttributes: (request) => checkAttributes(request.changes),
  stageOption: checkStages,
  plain: () => null,
} satisfies Record<string, Check>;

/**
 * Why a request cannot be understood, or `null`. Synchronous and pure, as a validator must be: whatever else a
 * validator threw would wedge the ticket.
 */
export function refusalOf(kind: keyof typeof checks, request: unknown): string | null {
  if (!isObject(request)) return 'send one JSON object, such as {"reason": "…"}';
  return checkCommon(request) ?? checks[kind](request);
}

const factKinds: readonly Fact['kind'][] = ['ticket_created', 'timesheet_changed', 'clocks_changed'];

/** The facts in a message of the relay; `null` for what somebody else typed, which must not wedge the ticket. */
export function readFacts(message: unknown): readonly Fact[] | null {
  const facts = isObject(message) ? message.facts : undefined;
  const isFact = (fact: unknown): boolean =>
    isObject(fact) &&
    typeof fact.jobId === 'string' &&
    factKinds.some((kind) => kind === fact.kind) &&
    isObject(fact.reference);
  return Array.isArray(facts) && facts.every(isFact) ? (facts as readonly Fact[]) : null;
}

/** Whether each fact about logged time names an entry. */
export function nameTimeEntries(facts: readonly Fact[]): boolean {
  return facts.every(
    ({ kind, reference }) => kind !== 'timesheet_changed' || isId(reference.entryId, 'timesheetEntry'),
  );
}

/** A validator for updates of a kind. @throws ApplicationFailure `validation_failed` */
export function validate(kind: keyof typeof checks): (request: unknown) => void {
  return (request) => {
    const refusal = refusalOf(kind, request);
    if (refusal !== null) throw ApplicationFailure.nonRetryable(refusal, 'validation_failed');
  };
}

const reasonOf = (request: PlainRequest): { reason?: string } =>
  request.reason === undefined ? {} : { reason: request.reason };

const stageOf = (request: StageOptionRequest): { stageId?: string; fromStageId?: string } => ({
  ...(request.stageId === undefined ? {} : { stageId: request.stageId }),
  ...(request.fromStageId === undefined ? {} : { fromStageId: request.fromStageId }),
});

/** Each message as the decision it asks for. */
export const toDecision = {
  moveStage: (request: MoveStageRequest): TicketDecision => ({
    kind: 'move_stage',
    stageId: request.stageId,
    ...(request.fromStageId === undefined ? {} : { fromStageId: request.fromStageId }),
    ...reasonOf(request),
  }),
  assign: (request: AssignRequest): TicketDecision => ({
    kind: 'assign',
    userId: request.userId,
    ...reasonOf(request),
  }),
  setPriority: (request: SetPriorityRequest): TicketDecision => ({
    kind: 'change_attributes',
    changes: { priority: request.priority },
    ...reasonOf(request),
  }),
  changeAttributes: (request: ChangeAttributesRequest): TicketDecision => ({
    kind: 'change_attributes',
    changes: request.changes,
    ...reasonOf(request),
  }),
  close: (request: StageOptionRequest): TicketDecision => ({
    kind: 'close',
    ...stageOf(request),
    ...reasonOf(request),
  }),
  reopen: (request: StageOptionRequest): TicketDecision => ({
    kind: 'reopen',
    ...stageOf(request),
    ...reasonOf(request),
  }),
  archive: (request: PlainRequest): TicketDecision => ({ kind: 'archive', ...reasonOf(request) }),
  recalculateSla: (request: PlainRequest): TicketDecision => ({
    kind: 'recalculate_sla',
    ...reasonOf(request),
  }),
  retryBilling: (request: PlainRequest): TicketDecision => ({ kind: 'retry_billing', ...reasonOf(request) }),
} as const;
