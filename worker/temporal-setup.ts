import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import type { Logger } from 'pino';
import { isRefusedByTemporal } from '../config/temporal';
import { searchAttributes } from '../workflows/search-attributes';

/** Temporal's own numbers of the indexed value types (temporal.api.enums.v1.IndexedValueType). */
const indexedTypes: Readonly<Partial<Record<SearchAttributeType, number>>> = {
  KEYWORD: 2,
  INT: 3,
  BOOL: 5,
  DATETIME: 6,
};

export const reconcileScheduleId = 'reconcile';

/**
 * Registers the search attributes and the reconcile schedule; every worker may do it at its start, again and again.
 * A Temporal that does not let the worker do it, as Temporal Cloud may, has it done by its operator: the worker says
 * what it needs and goes on.
 */
export async function setUpTemporal(
  client: Client,
  options: {
    readonly namespace: string;
    readonly taskQueue: string;
    readonly reconcileEverySeconds: number;
    readonly logger: Logger;
  },
): Promise<void> {
  const { namespace, taskQueue, reconcileEverySeconds, logger } = options;
  const needed = Object.values(searchAttributes)
    .map(({ name, type }) => `${name} (${type})`)
    .join(', ');
  await unlessRefused(
    () => registerSearchAttributes(client, namespace),
    () => logger.warn({ namespace, needed }, searchAttributesRefused),
  );
  await unlessRefused(
    () => scheduleReconcile(client, taskQueue, reconcileEverySeconds),
    () => logger.warn({ namespace, schedule: reconcileScheduleId }, scheduleRefused),
  );
}

const searchAttributesRefused =
  'Temporal does not let this worker see or make search attributes: make sure that the namespace has the needed ones, else tickets stand still';
const scheduleRefused =
  'Temporal does not let this worker make the reconcile schedule: what is interrupted is not found until it may';

async function unlessRefused(attempt: () => Promise<void>, refused: () => void): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (!isRefusedByTemporal(error)) throw error;
    refused();
  }
}

/** Name and type as Temporal's operator service takes them. */
export function indexedTypesOf(
  keys: readonly { readonly name: string; readonly type: SearchAttributeType }[],
): Record<string, number> {
  return Object.fromEntries(keys.map(({ name, type }) => [name, indexedTypes[type] ?? 2]));
}

async function registerSearchAttributes(client: Client, namespace: string): Promise<void> {
  const operator = client.connection.operatorService;
  const { customAttributes } = await operator.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes).filter(({ name }) => !(name in customAttributes));
  if (missing.length === 0) return;
  try {
    await operator.addSearchAttributes({ namespace, searchAttributes: indexedTypesOf(missing) });
  } catch (error) {
    // Another worker that starts at the same moment may have been first.
    const now = await operator.listSearchAttributes({ namespace });
    if (missing.some(({ name }) => !(name in now.customAttributes))) throw error;
  }
}

async function scheduleReconcile(client: Client, taskQueue: string, everySeconds: number): Promise<void> {
  const schedule = {
    spec: { intervals: [{ every: `${everySeconds} seconds` as const }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'reconcile',
      workflowId: 'reconcile',
      taskQueue,
      args: [],
      staticSummary: 'Finds and mends what was interrupted',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' as const },
  };
  try {
    await client.schedule.create({ scheduleId: reconcileScheduleId, ...schedule });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule
      .getHandle(reconcileScheduleId)
      .update((known) => ({ ...known, ...schedule, state: known.state }));
  }
}
