import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { StartError } from '../config/start-error';

export interface MetricsServer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves `GET /metrics`, all that worker and relay listen for.
 * @throws StartError when the port cannot be had
 */
export function serveMetrics(
  registry: Registry,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/metrics') {
      registry.metrics().then(
        (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    } else response.writeHead(404).end();
  });
  server.requestTimeout = 10_000;
  server.maxConnections = 50;
  return new Promise((resolve, reject) => {
    server.once('error', ({ code = 'error' }: NodeJS.ErrnoException) =>
      reject(
        new StartError(
          `Nothing can listen on ${host}:${port} (${code}): set METRICS_PORT to a free port and HOST to an address of this machine.`,
        ),
      ),
    );
    server.listen(port, host, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        stop: () =>
          new Promise((ended) => {
            server.close(() => ended());
            server.closeAllConnections();
          }),
      }),
    );
  });
}
