import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';

/**
 * Node.js accepts one connection of a listening socket in a turn of the event loop. Where turns are long because much
 * is asked, a crowd of new connections would wait in the kernel, where nobody can answer or refuse it; with so many
 * sockets on one port as many are accepted in a turn.
 */
const socketsOfAPort = 16;
/** Elsewhere the system does not spread connections over the sockets of a port. */
const canShareAPort = process.platform === 'linux';

/** The sockets on which a server listens, all on one port. */
export interface ListeningSockets {
  readonly port: number;
  /** Takes no more connections and resolves when those there were have ended. */
  close(): Promise<void>;
}

/**
 * Lets an HTTP server listen; port 0 takes a free one.
 * @throws Error of the system, `EADDRINUSE` among them, when the port cannot be had.
 */
export async function listenOn(
  server: HttpServer,
  { host, port: wanted }: { readonly host: string; readonly port: number },
): Promise<ListeningSockets> {
  if (!canShareAPort) {
    const port = await startListening(server, { host, port: wanted });
    return { port, close: () => closed(server) };
  }
  // A port that is shared is shared with any process of the same account, so whether it is free is asked first.
  if (wanted !== 0) await refuseTaken(host, wanted);
  const port = await startListening(server, { host, port: wanted, reusePort: true });
  const sockets: Server[] = [server];
  while (sockets.length < socketsOfAPort) {
    const more = createServer({ allowHalfOpen: true, noDelay: true }, (connection) =>
      server.emit('connection', connection),
    );
    await startListening(more, { host, port, reusePort: true });
    sockets.push(more);
  }
  return {
    port,
    async close() {
      await Promise.all(sockets.map(closed));
    },
  };
}

async function refuseTaken(host: string, port: number): Promise<void> {
  const probe = createServer();
  await startListening(probe, { host, port });
  await closed(probe);
}

/** Answers the port. */
function startListening(
  server: Server,
  options: { readonly host: string; readonly port: number; readonly reusePort?: boolean },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
