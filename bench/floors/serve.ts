import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

/** Connections of a floor program: as many as the API has. */
export function floorPool(): pg.Pool {
  return new pg.Pool({
    connectionString: process.env['DATABASE_URL'],
    max: Number(process.env['DATABASE_POOL_SIZE'] ?? 10),
  });
}

/** Facts of the seeded company, given by the measurement. */
export function floorFacts<Facts>(): Facts {
  return JSON.parse(process.env['FACTS'] ?? '{}') as Facts;
}

/** A floor program: bare `node:http`, each request's body through one function, no checks, no log, no headers of ours. */
export function serveFloor(
  status: number,
  answer: (body: Buffer, request: IncomingMessage) => Promise<unknown>,
): void {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks), request).then(
        (value) => {
          const text = JSON.stringify(value);
          response.writeHead(status, {
            'Content-Type': 'application/json; charset=utf-8',
            'Content-Length': Buffer.byteLength(text),
          });
          response.end(text);
        },
        (error: unknown) => {
          const text = String(error);
          response.writeHead(500, { 'Content-Length': Buffer.byteLength(text) }).end(text);
        },
      );
    });
  });
  announce(server);
}

/** Listens on a free port and says so as the API does; ends when it is told to. */
export function announce(server: Server): void {
  process.once('SIGTERM', () => process.exit(0));
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ msg: 'listening', port })}\n`);
  });
}
