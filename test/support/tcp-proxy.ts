import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type Direction = 'to_server' | 'to_client';

/** A link between two processes that a test can hold up or cut; it starts open. */
export interface TcpProxy {
  readonly port: number;
  /** Holds back everything that goes this way, on present and new connections. */
  hold(direction: Direction): void;
  /** Lets everything flow again. */
  release(): void;
  /** Ends all connections; what was held back is lost. New ones are taken. */
  cut(): void;
  /** The same, as a machine does that knows nothing of the connections any more (RST). */
  reset(): void;
  /** Holds every piece of data for so long. */
  slow(milliseconds: number): void;
  /** Lets so many more bytes go this way, then ends all connections in the middle of what they say. */
  cutAfter(bytes: number, direction: Direction): void;
  close(): Promise<void>;
}

class Gate {
  private closed: { readonly promise: Promise<void>; readonly open: () => void } | undefined;

  close(): void {
    if (this.closed !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = { promise, open: resolve };
  }

  open(): void {
    this.closed?.open();
    this.closed = undefined;
  }

  passed(): Promise<void> {
    return this.closed?.promise ?? Promise.resolve();
  }
}

/**
 * Starts a proxy on a free port of 127.0.0.1 to a server there, whose port may be another for each connection; close
 * it after the tests.
 */
export async function startTcpProxy(serverPort: number | (() => number)): Promise<TcpProxy> {
  const portNow = typeof serverPort === 'number' ? () => serverPort : serverPort;
  const gates = { to_server: new Gate(), to_client: new Gate() };
  const sockets = new Set<Socket>();
  let delayMs = 0;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const bytesLeft = { to_server: Number.POSITIVE_INFINITY, to_client: Number.POSITIVE_INFINITY };

  const forward = (from: Socket, to: Socket, direction: Direction): void => {
    const gate = gates[direction];
    from.on('data', (data) => {
      from.pause();
      void pass().then(() => {
        const passing = data.subarray(0, bytesLeft[direction]);
        bytesLeft[direction] -= passing.length;
        if (bytesLeft[direction] <= 0) {
          bytesLeft[direction] = Number.POSITIVE_INFINITY;
          if (to.destroyed) cut();
          else to.write(passing, cut);
        } else if (!to.destroyed) to.write(passing, () => from.resume());
      });
    });
    from.on('end', () => void pass().then(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    const pass = async (): Promise<void> => {
      if (delayMs > 0) await delay(delayMs);
      await gate.passed();
    };
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port: portNow(), allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
    }
    forward(client, upstream, 'to_server');
    forward(upstream, client, 'to_client');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hold: (direction) => gates[direction].close(),
    release() {
      for (const gate of Object.values(gates)) gate.open();
    },
    cut,
    reset,
    slow(milliseconds) {
      delayMs = milliseconds;
    },
    cutAfter(bytes, direction) {
      bytesLeft[direction] = bytes;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
