import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Why the process cannot start, in one sentence that says what to do; never shown with a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

const limits = {
  /** A header that trickles in holds a connection this long at most. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
} as const;

export interface RunningServer {
  readonly port: number;
  /** Takes no more connections, lets running requests end for so long, then cuts what is left. */
  stop(limitMs: number): Promise<void>;
}

/**
 * Listens with limits on slow clients; port 0 takes a free one.
 * @param setting the environment variable that names the port, for the sentence when it is taken.
 * @throws StartError when the port cannot be had.
 */
export function listen(
  handler: RequestListener,
  options: { readonly host: string; readonly port: number; readonly setting: string },
): Promise<RunningServer> {
  const { host, port, setting } = options;
  const server = createServer(limits, handler);
  let stopping = false;
  const unanswered = new Set<ServerResponse>();
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
