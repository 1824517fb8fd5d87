import { createServer, type RequestListener, type Server } from 'node:http';
import { StartError } from '../config/start-error';
import { type ListeningSockets, listenOn } from './listening-sockets';
import { OpenConnections } from './open-connections';
import { refuseExpectation, refuseMissingHost, writeRefusal } from './protocol-refusals';

export interface ConnectionLimits {
  /** A connection that says nothing, or a header that trickles in, is held this long at most. */
  readonly headersTimeout: number;
  /** The same for a whole request with its body. */
  readonly requestTimeout: number;
  /** Longer than balancers keep an idle connection (most: 60 s), so that none is closed under a request. */
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly maxHeaderSize: number;
  /** A client that takes nothing of its answer is cut off after this. */
  readonly silenceTimeout: number;
  /** Requests of one connection that may wait for their answers; with the last of them the connection ends. */
  readonly pipelinedRequests: number;
  /** Bytes of answers that may wait for the clients of all connections; beyond it the largest of them are cut off. */
  readonly unreadBytes: number;
  readonly unreadCheckingInterval: number;
}

export const connectionLimits: ConnectionLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
  silenceTimeout: 90_000,
  pipelinedRequests: 32,
  unreadBytes: 64 * 1024 * 1024,
  unreadCheckingInterval: 100,
};

export interface RunningServer {
  readonly port: number;
  /** Serves on, and ends each connection after its next answer, so that clients turn to others by themselves. */
  drain(): void;
  /** Takes no more connections, lets running requests end for so long, then cuts what is left. */
  stop(limitMs: number): Promise<void>;
}

/**
 * Listens with limits on slow clients; port 0 takes a free one. What is no HTTP request is refused as a problem
 * document as well, with the headers every answer carries.
 * @param setting the environment variable that names the port, for the sentence when it is taken.
 * @throws StartError when the port cannot be had.
 */
export async function listen(
  handler: RequestListener,
  options: {
    readonly host: string;
    readonly port: number;
    readonly setting: string;
    readonly limits?: Partial<ConnectionLimits>;
  },
): Promise<RunningServer> {
  const { host, port, setting } = options;
  const limits = { ...connectionLimits, ...options.limits };
  let draining = false;
  let stopping = false;
  // Node refuses a missing Host with an empty answer of its own; ours has a body and headers.
  const server = createServer({ ...limits, requireHostHeader: false }, (request, response) => {
    if (!connections.admits(response)) return;
    if (draining) response.setHeader('Connection', 'close');
    response.on('close', () => {
      if (stopping) setImmediate(() => server.closeIdleConnections());
    });
    if (request.headers.host === undefined && request.httpVersion === '1.1') refuseMissingHost(response);
    else handler(request, response);
  });
  const connections = new OpenConnections(server, limits);
  const drain = (): void => {
    draining = true;
    for (const response of connections.unanswered()) {
      if (!response.headersSent) response.setHeader('Connection', 'close');
    }
  };
  server.on('checkExpectation', (_request, response) => {
    if (connections.admits(response)) refuseExpectation(response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (connections.mayRefuse(socket)) writeRefusal(socket, error.code);
    else socket.destroy();
  });
  const sockets = await listenOn(server, { host, port }).catch((error: NodeJS.ErrnoException) => {
    throw startError(error, host, port, setting);
  });
  return {
    port: sockets.port,
    drain,
    stop: (limitMs) => {
      drain();
      stopping = true;
      return stop(server, sockets, limitMs);
    },
  };
}

async function stop(server: Server, sockets: ListeningSockets, limitMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), limitMs);
  const closed = sockets.close();
  server.closeIdleConnections();
  await closed;
  clearTimeout(cut);
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
