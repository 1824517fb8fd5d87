import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { refuseExpectation, refuseMissingHost, writeRefusal } from './protocol-refusals';

/** Why the process cannot start, in one sentence that says what to do; never shown with a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface ConnectionLimits {
  /** A connection that says nothing, or a header that trickles in, is held this long at most. */
  readonly headersTimeout: number;
  /** The same for a whole request with its body. */
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly maxHeaderSize: number;
  /** A client that does not take its answer is cut off after this; longer than any answer may take to begin. */
  readonly silenceTimeout: number;
}

export const connectionLimits: ConnectionLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
  silenceTimeout: 90_000,
};

export interface RunningServer {
  readonly port: number;
  /** Takes no more connections, lets running requests end for so long, then cuts what is left. */
  stop(limitMs: number): Promise<void>;
}

/**
 * Listens with limits on slow clients; port 0 takes a free one. What is no HTTP request is refused as a problem
 * document as well, with the headers every answer carries.
 * @param setting the environment variable that names the port, for the sentence when it is taken.
 * @throws StartError when the port cannot be had.
 */
export function listen(
  handler: RequestListener,
  options: {
    readonly host: string;
    readonly port: number;
    readonly setting: string;
    readonly limits?: Partial<ConnectionLimits>;
  },
): Promise<RunningServer> {
  const { host, port, setting } = options;
  const { silenceTimeout, ...limits } = { ...connectionLimits, ...options.limits };
  // Node refuses a missing Host with an empty answer of its own; ours has a body and headers.
  const server = createServer({ ...limits, requireHostHeader: false }, (request, response) => {
    if (request.headers.host === undefined && request.httpVersion === '1.1') refuseMissingHost(response);
    else handler(request, response);
  });
  server.setTimeout(silenceTimeout);
  server.on('checkExpectation', (_request, response) => refuseExpectation(response));
  let stopping = false;
  const unanswered = new Set<ServerResponse>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (mayBeAnswered(unanswered, socket)) writeRefusal(socket, error.code);
    else socket.destroy();
  });
  server.prependListener('request', (_request, response) => {
    if (stopping) response.setHeader('Connection', 'close');
    unanswered.add(response);
    response.on('close', () => {
      unanswered.delete(response);
      if (stopping) setImmediate(() => server.closeIdleConnections());
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(startError(error, host, port, setting)));
    server.listen(port, host, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        stop: (limitMs) => {
          stopping = true;
          for (const response of unanswered) {
            if (!response.headersSent) response.setHeader('Connection', 'close');
          }
          return stop(server, limitMs);
        },
      });
    });
  });
}

/** Whether a refusal would be the answer to what just failed, not to an earlier request of the same connection. */
function mayBeAnswered(unanswered: ReadonlySet<ServerResponse>, socket: Duplex): boolean {
  if (!socket.writable) return false;
  for (const response of unanswered) {
    if (response.req.socket === socket && (response.headersSent || response.req.complete)) return false;
  }
  return true;
}

function stop(server: Server, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), limitMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function startError(error: NodeJS.ErrnoException, host: string, port: number, setting: string): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(
        `Port ${port} of ${host} is in use: stop what uses it, or set ${setting} to a free port.`,
      );
    case 'EACCES':
      return new StartError(
        `Port ${port} may not be used by this account: set ${setting} to a port above 1023.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`This machine has no address ${host}: correct HOST.`);
    default:
      return error;
  }
}
