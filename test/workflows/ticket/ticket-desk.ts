import type { Client, WorkflowHandle } from '@temporalio/client';
import { ticketWorkflowId } from '../../../workflows/ticket/ids';
import { statusQuery, type TicketStatus } from '../../../workflows/ticket/messages';
import type { TicketBody } from '../../faults/desk';
import type { ApiClient } from '../../support/api-client';
import { eventually } from '../../support/eventually';

/** Creates a ticket over HTTP and waits until its workflow has read it. */
export async function runningTicket(
  client: ApiClient,
  temporal: Client,
  body: Readonly<Record<string, string>>,
): Promise<{ readonly id: string; readonly stageId: string; readonly handle: WorkflowHandle }> {
  const { body: ticket } = await client.post<TicketBody>('/v1/tickets', body);
  const handle = temporal.workflow.getHandle(ticketWorkflowId(ticket.id));
  await eventually('the workflow has read its ticket', async () => {
    const status = await handle.query<TicketStatus>(statusQuery).catch(() => undefined);
    return status?.stage !== null && status !== undefined;
  });
  return { id: ticket.id, stageId: ticket.stageId, handle };
}

/** The kinds of a ticket's events, oldest first. */
export async function eventKinds(client: ApiClient, ticketId: string): Promise<string[]> {
  const { body } = await client.get<{ data: { kind: string }[] }>(
    `/v1/tickets/${ticketId}/events?limit=200&sort=position`,
  );
  return body.data.map(({ kind }) => kind);
}

/** How often each kind of event stands in the list. */
export function countOf(kinds: readonly string[], kind: string): number {
  return kinds.filter((each) => each === kind).length;
}
