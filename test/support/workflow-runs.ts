import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Fact } from '../../workflows/ticket/messages';

/** What the server remembers of one run of a workflow. */
export interface RunFigures {
  readonly runId: string;
  readonly status: string;
  readonly historyLength: number;
  readonly updatesAccepted: number;
  readonly updatesCompleted: number;
  /** Signals that are not the relay's. */
  readonly operatorSignals: number;
  /** What the relay delivered, repetitions included. */
  readonly facts: readonly Fact[];
  /** Names of the patches that the run was made with. */
  readonly patches: readonly string[];
  /** Why workflow tasks failed; a change that replays otherwise is among them. */
  readonly failedTasks: readonly string[];
}

/**
 * Resets the present run of a workflow as an operator does, to the end of its first task or of one in its middle.
 * Answers the id of the run that was reset.
 * @param excludeTypes of `ResetReapplyExcludeType`: what is not sent again to the new run.
 */
export async function resetWorkflow(
  client: Client,
  workflowId: string,
  toTask: 'first' | 'middle',
  excludeTypes: readonly number[] = [],
): Promise<string> {
  const handle = client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  const events = (await handle.fetchHistory()).events ?? [];
  const tasks = events.filter((event) => event.workflowTaskCompletedEventAttributes);
  const task = toTask === 'first' ? tasks[0] : tasks[Math.floor(tasks.length / 2)];
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId, runId },
    reason: 'by hand',
    workflowTaskFinishEventId: task?.eventId ?? null,
    requestId: `reset-${runId}`,
    resetReapplyExcludeTypes: [...excludeTypes],
  });
  return runId;
}

/** All runs of a workflow from its first to its present one, each continued as the next. */
export async function runsOf(client: Client, workflowId: string): Promise<RunFigures[]> {
  const runs: RunFigures[] = [];
  const present = await client.workflow.getHandle(workflowId).describe();
  let runId: string | undefined = present.raw.workflowExecutionInfo?.firstRunId || present.runId;
  while (runId !== undefined) {
    const { figures, next } = await runOf(client, workflowId, runId);
    runs.push(figures);
    runId = next;
  }
  return runs;
}

async function runOf(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<{ readonly figures: RunFigures; readonly next: string | undefined }> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { status } = await handle.describe();
  const events = (await handle.fetchHistory()).events ?? [];
  const count = (has: (event: (typeof events)[number]) => unknown): number =>
    events.filter((event) => Boolean(has(event))).length;
  const signals = events.flatMap((event) => event.workflowExecutionSignaledEventAttributes ?? []);
  const facts = signals
    .filter(({ signalName }) => signalName === 'factsArrived')
    .flatMap(({ input }) => input?.payloads ?? [])
    .flatMap((payload) => defaultPayloadConverter.fromPayload<{ facts: Fact[] }>(payload).facts);
  return {
    figures: {
      runId,
      status: status.name,
      historyLength: events.length,
      updatesAccepted: count((event) => event.workflowExecutionUpdateAcceptedEventAttributes),
      updatesCompleted: count((event) => event.workflowExecutionUpdateCompletedEventAttributes),
      operatorSignals: signals.filter(({ signalName }) => signalName !== 'factsArrived').length,
      facts,
      patches: events.flatMap((event) => {
        const marker = event.markerRecordedEventAttributes;
        const [payload] = marker?.details?.['patch-data']?.payloads ?? [];
        if (marker?.markerName !== 'core_patch' || payload === undefined) return [];
        return [(JSON.parse(Buffer.from(payload.data ?? []).toString()) as { id: string }).id];
      }),
      failedTasks: events.flatMap((event) => {
        const failed = event.workflowTaskFailedEventAttributes;
        return failed ? [failed.failure?.message ?? 'no reason given'] : [];
      }),
    },
    next: events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined,
  };
}
