import type { Environment } from '../config/env';
import type { Database } from '../prisma/client';
import type { PdfThread } from '../services/invoicing/pdf-thread';
import type { EventStreams } from './event-streams';
import type { InvoiceRunGateway } from './gateway/invoice-run-gateway';
import type { TicketGateway } from './gateway/ticket-gateway';
import type { RateLimits } from './middleware/rate-limits';

/** What a route may use beside the verbs; made once per process and passed in. */
export interface Services {
  readonly environment: Environment;
  readonly database: Database;
  readonly tickets: TicketGateway;
  readonly invoiceRuns: InvoiceRunGateway;
  readonly rateLimits: RateLimits;
  readonly eventStreams: EventStreams;
  readonly pdfOfInvoice: PdfThread['pdfOfInvoice'];
  readonly readiness: () => Promise<Readiness>;
  /** Aborted when the process is about to end: whoever only waits answers what there is. */
  readonly ending: AbortSignal;
}

export interface Readiness {
  readonly ready: boolean;
  /** One sentence a part, for an operator at 3 a.m. */
  readonly parts: readonly { readonly name: string; readonly ready: boolean; readonly detail: string }[];
}
