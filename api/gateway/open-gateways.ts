import { Client, Connection } from '@temporalio/client';
import type { Environment } from '../../config/env';
import { lastingConnection } from '../../config/temporal';
import type { InvoiceRunGateway } from './invoice-run-gateway';
import { createInvoiceRunGateway } from './temporal-invoice-run-gateway';
import { createTicketGateway } from './temporal-ticket-gateway';
import type { TicketGateway } from './ticket-gateway';

export interface Gateways {
  readonly tickets: TicketGateway;
  readonly invoiceRuns: InvoiceRunGateway;
  /** Fulfilled when Temporal serves workflows; rejected when it does not answer in time. */
  askTemporal(): Promise<void>;
  close(): Promise<void>;
}

const askLimitMs = 1_500;

/** The API's ways to Temporal over one connection that is made on first use, so that the API starts without it. */
export function openGateways(environment: Environment): Gateways {
  const namespace = environment.TEMPORAL_NAMESPACE;
  const connection = Connection.lazy(lastingConnection(environment));
  const client = new Client({ connection, namespace });
  const taskQueue = environment.TEMPORAL_TASK_QUEUE;
  return {
    tickets: createTicketGateway({
      client,
      namespace,
      taskQueue,
      uiUrl: environment.TEMPORAL_UI_URL,
      decisionDeadlineMs: environment.DECISION_DEADLINE_MS,
    }),
    invoiceRuns: createInvoiceRunGateway({ client: () => Promise.resolve(client), taskQueue }),
    async askTemporal() {
      await connection.withDeadline(Date.now() + askLimitMs, () =>
        connection.workflowService.describeNamespace({ namespace }),
      );
    },
    close: () => connection.close(),
  };
}
