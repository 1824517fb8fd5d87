import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from './eventually';

/** How often it asks an API whether it is ready. */
export const askEveryMs = 250;

/** Spreads requests over the APIs that say they are ready. It keeps connections and never tries a request again. */
export interface Balancer {
  readonly url: string;
  /** Waits until it is ready and gets requests. */
  add(api: string): Promise<void>;
  remove(api: string): void;
  /** How many answers came from an API. */
  answersOf(api: string): number;
  close(): Promise<void>;
}

/** Starts a balancer on a free port of 127.0.0.1. */
export async function startBalancer(): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true });
  const ready = new Map<string, boolean>();
  const answers = new Map<string, number>();
  let turn = 0;
  let closed = false;
  const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const able = [...ready].filter(([, is]) => is).map(([api]) => api);
    turn += 1;
    const api = able[turn % able.length];
    const fail = (): void => void (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end());
    if (api === undefined) {
      fail();
      return;
    }
    const { connection: _hop, ...headers } = incoming.headers;
    const upstream = request(`${api}${incoming.url}`, { method: incoming.method, headers, agent });
    upstream.on('error', fail);
    upstream.on('response', (answer) => {
      answers.set(api, (answers.get(api) ?? 0) + 1);
      const { connection: _end, 'keep-alive': _kept, ...passed } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, passed);
      answer.on('error', fail).pipe(outgoing);
    });
    incoming.pipe(upstream);
  };
  const watch = async (): Promise<void> => {
    while (!closed) {
      await Promise.all(
        [...ready.keys()].map(async (api) => {
          const is = await fetch(`${api}/readyz`).then(
            async (answer) => (await answer.text()) !== '' && answer.status === 200,
            () => false,
          );
          if (ready.has(api)) ready.set(api, is);
        }),
      );
      await delay(askEveryMs);
    }
  };
  const server = createServer(forward);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const watching = watch();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async add(api) {
      ready.set(api, false);
      await eventually(`answers of ${api}`, () =>
        Promise.resolve((answers.get(api) ?? 0) > 0 || ready.get(api)),
      );
    },
    remove: (api) => void ready.delete(api),
    answersOf: (api) => answers.get(api) ?? 0,
    async close() {
      closed = true;
      await watching;
      const gone = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await gone;
    },
  };
}
