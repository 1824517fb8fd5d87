import { ApplicationFailure } from '@temporalio/common';
import type { TicketDecision } from '../../domain/ticket/decisions';
import { priorities } from '../../domain/ticket/values';
import type {
  AssignRequest,
  ChangeAttributesRequest,
  MoveStageRequest,
  PlainRequest,
  SetPriorityRequest,
  StageOptionRequest,
} from './messages';

/** What is wrong with an argument, in words for whoever typed it into the Temporal UI; `null` when nothing is. */
type Check = (request: Readonly<Record<string, unknown>>) => string | null;

const longestReason = 500;

function checkCommon(request: Readonly<Record<string, unknown>>): string | null {
  const { reason } = request;
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > longestReason)) {
    return `"reason" must be a text of at most ${longestReason} characters`;
  }
  return null;
}

const isId = (value: unknown, prefix: string): boolean =>
  typeof value === 'string' && value.startsWith(`${prefix}_`);

const checks = {
  moveStage: (request) =>
    isId(request.stageId, 'stg') ? null : '"stageId" must be a stage id such as "stg_…"',
  assign: (request) =>
    request.userId === null || isId(request.userId, 'usr')
      ? null
      : '"userId" must be a user id such as "usr_…", or null',
  setPriority: (request) =>
    priorities.some((priority) => priority === request.priority)
      ? null
      : `"priority" must be one of ${priorities.join(', ')}`,
  changeAttributes: (request) =>
    typeof request.changes === 'object' && request.changes !== null ? null : '"changes" must be an object',
  stageOption: (request) =>
    request.stageId === undefined || isId(request.stageId, 'stg')
      ? null
      : '"stageId" must be a stage id, or left out',
  plain: () => null,
} satisfies Record<string, Check>;

/**
 * Why a request cannot be understood, or `null`. Synchronous and pure, as a validator must be: whatever else a
 * validator threw would wedge the ticket.
 */
export function refusalOf(kind: keyof typeof checks, request: unknown): string | null {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    return 'send one JSON object, such as {"reason": "…"}';
  }
  const members = request as Readonly<Record<string, unknown>>;
  return checkCommon(members) ?? checks[kind](members);
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
