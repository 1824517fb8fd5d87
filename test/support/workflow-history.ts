import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { ticketWorkflowId } from '../../workflows/ticket/ids';
import { type Fact, factsArrivedSignal } from '../../workflows/ticket/messages';

export interface TicketHistory {
  /** Ids of the jobs in the order they were delivered, repetitions included. */
  readonly deliveredJobIds: readonly string[];
  /** Names of the normal activities that were scheduled. */
  readonly activities: readonly string[];
  readonly timersStarted: number;
  readonly timersFired: number;
}

/** The facts of each signal the relay has sent to the present run of a ticket's workflow, in the order they came. */
export async function deliveredSignals(client: Client, ticketId: string): Promise<Fact[][]> {
  const { events } = await client.workflow.getHandle(ticketWorkflowId(ticketId)).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    const [payload] = signal?.input?.payloads ?? [];
    if (signal?.signalName !== factsArrivedSignal.name || payload === undefined) return [];
    return [defaultPayloadConverter.fromPayload<{ facts: Fact[] }>(payload).facts];
  });
}

/** What Temporal remembers of the present run of a ticket's workflow. */
export async function ticketHistory(client: Client, ticketId: string): Promise<TicketHistory> {
  const { events } = await client.workflow.getHandle(ticketWorkflowId(ticketId)).fetchHistory();
  const deliveredJobIds: string[] = [];
  const activities: string[] = [];
  let timersStarted = 0;
  let timersFired = 0;
  for (const event of events ?? []) {
    const signal = event.workflowExecutionSignaledEventAttributes;
    const [payload] = signal?.input?.payloads ?? [];
    if (signal?.signalName === 'factsArrived' && payload !== undefined) {
      const { facts } = defaultPayloadConverter.fromPayload<{ facts: Fact[] }>(payload);
      deliveredJobIds.push(...facts.map((fact) => fact.jobId));
    }
    const activity = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (activity !== undefined && activity !== null) activities.push(activity);
    if (event.timerStartedEventAttributes) timersStarted += 1;
    if (event.timerFiredEventAttributes) timersFired += 1;
  }
  return { deliveredJobIds, activities, timersStarted, timersFired };
}
