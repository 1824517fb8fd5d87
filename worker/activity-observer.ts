import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { WorkerMetrics } from './metrics';

/** Members of an activity's argument that are ids; nothing else of it gets into a log. */
const idNames = ['companyId', 'ticketId', 'entryId', 'saleOrderId', 'commandId'] as const;

/**
 * Writes one line for each attempt at an activity, with the ids of what it was about, and counts it: `done`, `refused`
 * (a rule said no; nothing is wrong) or `failed`.
 */
export function observeActivities(
  logger: Logger,
  metrics: WorkerMetrics,
): (context: {
  readonly info: {
    readonly activityType: string;
    readonly attempt: number;
    readonly workflowExecution?: { readonly workflowId: string; readonly runId: string };
  };
}) => ActivityInterceptors {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const startedAt = performance.now();
        const tell = (outcome: 'done' | 'refused' | 'failed', code?: string): void => {
          metrics.countActivity(info.activityType, outcome);
          const line = {
            ...idsOf(input.args[0]),
            workflowId: info.workflowExecution?.workflowId,
            workflowRunId: info.workflowExecution?.runId,
            activity: info.activityType,
            attempt: info.attempt,
            milliseconds: Math.round((performance.now() - startedAt) * 100) / 100,
            outcome,
            code,
          };
          if (outcome === 'failed') logger.warn(line, 'activity');
          else logger.info(line, 'activity');
        };
        try {
          const result: unknown = await next(input);
          tell('done');
          return result;
        } catch (error) {
          tell(isRefusal(error) ? 'refused' : 'failed', codeOf(error));
          throw error;
        }
      },
    },
  });
}

function idsOf(argument: unknown): Record<string, unknown> {
  const members = Object(argument) as Readonly<Record<string, unknown>>;
  const ids = Object.fromEntries(
    idNames.filter((name) => typeof members[name] === 'string').map((name) => [name, members[name]]),
  );
  const asker = Object(members['asker']) as { readonly requestId?: unknown };
  return {
    ...ids,
    ...(typeof members['runId'] === 'string' ? { invoiceRunId: members['runId'] } : {}),
    ...(typeof asker.requestId === 'string' ? { requestId: asker.requestId } : {}),
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.category === ApplicationFailureCategory.BENIGN;
}

/** Activities let only codes out (activities/failures.ts), so this is no text of a person. */
function codeOf(error: unknown): string {
  if (error instanceof ApplicationFailure) return error.type ?? 'unknown';
  return error instanceof Error ? error.name : typeof error;
}
