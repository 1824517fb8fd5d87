import { Registry } from 'prom-client';
import { createApp } from '../../api/app';
import { createEventStreams, type EventStreamLimits } from '../../api/event-streams';
import type { InvoiceRunGateway } from '../../api/gateway/invoice-run-gateway';
import type { TicketGateway } from '../../api/gateway/ticket-gateway';
import { createRateLimits } from '../../api/middleware/rate-limits';
import { createHttpMetrics } from '../../api/middleware/request-log';
import type { Route } from '../../api/route';
import { type ConnectionLimits, listen, type RunningServer } from '../../api/server';
import type { Services } from '../../api/services';
import { readEnvironment } from '../../config/env';
import { DomainError } from '../../domain/shared/errors';
import type { PdfThread } from '../../services/invoicing/pdf-thread';
import { answerProblems, type Operation, operationOf, type RawAnswer, refusalProblems } from './contract';
import type { TestDatabase } from './database';
import { type CapturedLog, captureLog } from './logs';

/** An answer that was already checked against the OpenAPI document. */
export interface Answer<Body = unknown> extends RawAnswer {
  readonly body: Body;
}

/** The application answered, and not as its OpenAPI document says. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation';
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it stands instead of a JSON body. */
  readonly rawBody?: string | Uint8Array<ArrayBuffer>;
  /** The request ends with an error when there is no answer within this time; it waits for ever when left out. */
  readonly timeoutMs?: number;
  /** The request is meant to leave the document: an address or method that does not exist. */
  readonly undocumented?: true;
}

/** Requests of one caller. `Body` is what the test goes on to read; the document has already vouched for it. */
export interface ApiClient {
  get<Body = unknown>(address: string, options?: RequestOptions): Promise<Answer<Body>>;
  post<Body = unknown>(address: string, body?: unknown, options?: RequestOptions): Promise<Answer<Body>>;
  put<Body = unknown>(address: string, body?: unknown, options?: RequestOptions): Promise<Answer<Body>>;
  patch<Body = unknown>(address: string, body?: unknown, options?: RequestOptions): Promise<Answer<Body>>;
  delete<Body = unknown>(address: string, options?: RequestOptions): Promise<Answer<Body>>;
  send<Body = unknown>(
    method: string,
    address: string,
    body?: unknown,
    options?: RequestOptions,
  ): Promise<Answer<Body>>;
}

export interface TestApi {
  /** `http://127.0.0.1:port` of the running application. */
  readonly url: string;
  /** Everything the application has logged. */
  readonly log: CapturedLog;
  /** Requests with this bearer token, or with none. */
  client(token?: string): ApiClient;
}

/** Parts a test file puts in the place of what the application uses elsewhere. */
export interface TestApiOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Shorter than in production, where a test waits for them. */
  readonly limits?: Partial<ConnectionLimits>;
  /** Of the live feed; shorter where a test waits for them. */
  readonly eventStreams?: Partial<EventStreamLimits>;
  /** What is served in place of the routes, such as one with a planted defect. */
  readonly routes?: readonly Route[];
  /** Made before the tests, when the file's database and servers stand. Without it decisions answer 503. */
  readonly gateways?: () => Promise<{
    readonly tickets?: TicketGateway;
    readonly invoiceRuns?: InvoiceRunGateway;
    readonly close?: () => Promise<void>;
  }>;
}

/**
 * The application on a free port for the calling test file, over the file's database. Call it once at the top of
 * the file, after `testDatabase()`.
 */
export function testApi(database: TestDatabase, options: TestApiOptions = {}): TestApi {
  const log = captureLog();
  let server: RunningServer | undefined;
  let endStreams: (() => void) | undefined;
  let closeGateways: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const gateways = (await options.gateways?.()) ?? {};
    closeGateways = gateways.close;
    const environment = readEnvironment({
      NODE_ENV: 'test',
      DATABASE_URL: database.url,
      REQUESTS_PER_MINUTE: '1000000',
      ...options.environment,
    });
    const eventStreams = createEventStreams(database, options.eventStreams);
    endStreams = () => eventStreams.close();
    const services: Services = {
      environment,
      database,
      tickets: gateways.tickets ?? unreachableTickets,
      invoiceRuns: gateways.invoiceRuns ?? unreachableInvoiceRuns,
      rateLimits: createRateLimits(environment, database),
      eventStreams: eventStreams,
      pdfOfInvoice: (document) => pdfMaker().pdfOfInvoice(document),
      readiness: () => Promise.resolve({ ready: true, parts: [] }),
      ending: new AbortController().signal,
    };
    const app = createApp(services, log.logger, createHttpMetrics(new Registry()), options.routes);
    server = await listen(app, {
      host: '127.0.0.1',
      port: 0,
      setting: 'PORT',
      limits: options.limits ?? {},
    });
    database.beforeClose(stop);
  });

  const stop = async (): Promise<void> => {
    endStreams?.();
    await server?.stop(0);
    await closeGateways?.();
  };

  const baseUrl = (): string => {
    if (server === undefined) throw new Error('the application runs only inside hooks and tests');
    return `http://127.0.0.1:${server.port}`;
  };
  return {
    get url() {
      return baseUrl();
    },
    log,
    client: (token) => clientOf(baseUrl, token),
  };
}

/** Loaded by the first file's first PDF: most files have none. */
function pdfMaker(): Pick<PdfThread, 'pdfOfInvoice'> {
  return require('../../services/invoicing/invoice-pdf');
}

/** A client of an application that runs somewhere else, with the same checks. */
export function clientOf(baseUrl: () => string, token?: string): ApiClient {
  const send = async <Body>(
    method: string,
    address: string,
    body?: unknown,
    options: RequestOptions = {},
  ): Promise<Answer<Body>> => {
    const content = options.rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${baseUrl()}${address}`, {
      method: method.toUpperCase(),
      redirect: 'manual',
      ...(options.timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(options.timeoutMs) }),
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...options.headers,
      },
      ...(content === undefined ? {} : { body: content }),
    });
    const text = await textOf(response);
    const answer = { status: response.status, headers: response.headers, text, body: parsed(response, text) };
    requireContract(method, address, answer, options);
    return answer as Answer<Body>;
  };
  return {
    send,
    get: (address, options) => send('get', address, undefined, options),
    post: (address, body, options) => send('post', address, body, options),
    put: (address, body, options) => send('put', address, body, options),
    patch: (address, body, options) => send('patch', address, body, options),
    delete: (address, options) => send('delete', address, undefined, options),
  };
}

/** The whole body; of a stream of events, which has no end, what had happened until now. */
async function textOf(response: Response): Promise<string> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isStream || response.body === null) return response.text();
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('\n: live\n')) break;
  }
  return text;
}

function parsed(response: Response, text: string): unknown {
  if (text === '' || !/json/.test(response.headers.get('content-type') ?? '')) return text || undefined;
  return JSON.parse(text) as unknown;
}

function requireContract(
  method: string,
  address: string,
  answer: RawAnswer,
  { undocumented }: RequestOptions,
): void {
  const operation = operationOf(method, address);
  if (operation === undefined && undocumented !== true) {
    throw new Error(
      `${method} ${address} is not in the OpenAPI document; say { undocumented: true } if that is meant`,
    );
  }
  const problems = [
    ...refusalProblems(answer),
    ...(operation === undefined ? [] : answerProblems(operation, answer)),
    ...(answer.headers.get('x-request-id') === null ? ['there is no X-Request-Id'] : []),
    ...(operation === undefined ? [] : limitProblems(operation, answer)),
  ];
  if (problems.length === 0) return;
  const name = operation?.operationId ?? 'no operation';
  throw new ContractViolation(
    `${method.toUpperCase()} ${address} (${name}) answered ${answer.status} against its document:\n${problems.join('\n')}\n${answer.text.slice(0, 2000)}`,
  );
}

/** Whoever is known is told of the limits, also by the refusal of one request too many (spec.md §12). */
function limitProblems(operation: Operation, { status, headers }: RawAnswer): string[] {
  const isPublic = operation.definition.security?.length === 0;
  if (isPublic || status === 401 || status >= 500) return [];
  const stated = /^"requests";r=\d+;t=\d+$/.test(headers.get('ratelimit') ?? '');
  return stated && headers.has('ratelimit-policy') ? [] : ['there is no RateLimit header'];
}

/** What a caller meets while Temporal is down (spec.md §2): decisions are refused, nothing is half done. */
function unreachable(): Promise<never> {
  return Promise.reject(
    new DomainError('temporal_unavailable', 'Decisions cannot be taken just now; try again.', {
      retryAfterSeconds: 5,
    }),
  );
}

const unreachableTickets: TicketGateway = { decide: unreachable, describe: unreachable };
const unreachableInvoiceRuns: InvoiceRunGateway = { start: unreachable, cancel: unreachable };
