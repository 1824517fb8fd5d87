import { idPattern } from '../../domain/shared/ids';
import { invoiceRunWorkflowId } from '../../workflows/invoice-run/ids';
import { ticketWorkflowId } from '../../workflows/ticket/ids';

/** Ids of what a request is about, as far as they are known. */
export interface RequestSubject {
  readonly commandId?: string | undefined;
  readonly ticketId?: string | undefined;
  readonly workflowId?: string | undefined;
}

const ticketPattern = idPattern('ticket');
const runPattern = idPattern('invoiceRun');

/**
 * Finds the ticket or invoice run in what a route has validated or answered. Only what has the shape of an id is taken,
 * so that no text of a person can get into a log this way.
 */
export function subjectOf(commandId: string | undefined, ...parts: readonly unknown[]): RequestSubject {
  const ids = parts.flatMap((part) => {
    const { ticketId, invoiceRunId, id } = Object(part) as Readonly<Record<string, unknown>>;
    return [ticketId, invoiceRunId, id].filter((value) => typeof value === 'string');
  });
  const ticketId = ids.find((value) => ticketPattern.test(value));
  const runId = ids.find((value) => runPattern.test(value));
  const ofRun = runId === undefined ? undefined : invoiceRunWorkflowId(runId);
  return {
    commandId,
    ticketId,
    workflowId: ticketId === undefined ? ofRun : ticketWorkflowId(ticketId),
  };
}
