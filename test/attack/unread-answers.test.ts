import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import express from 'express';
import { documentationPages } from '../../api/openapi/pages';
import { routes } from '../../api/routes';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { requestText } from '../support/raw-http';

/** One and a half megabytes of the answers that anybody may ask for. */
const largest = '/docs/assets/swagger-ui-bundle.js';

const database = testDatabase();
const api = testApi(database, { limits: { unreadBytes: 30 * 1024 * 1024 } });

/** Asks so many times, and takes nothing. */
async function askWithoutReading(count: number): Promise<Socket> {
  const { hostname, port } = new URL(api.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  const requests = Array.from({ length: count }, (_unused, index) =>
    requestText(`GET ${largest} HTTP/1.1`, index === count - 1 ? ['Connection: close'] : []),
  );
  socket.write(Buffer.concat(requests));
  return socket;
}

/** Bytes until the server ends the connection. */
async function takeAll(socket: Socket): Promise<number> {
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  socket.resume();
  await once(socket, 'end');
  return bytes;
}

describe('answers that nobody takes', () => {
  it('are let go beyond a bound over all connections, those of the client for whom most waits first', async () => {
    const one = Number((await fetch(`${api.url}${largest}`)).headers.get('content-length'));
    expect(one).toBeGreaterThan(1_400_000);
    // Ten of them are kept beside the bytes that the kernel holds on the way, thirty-one are more than may wait.
    const modest = await askWithoutReading(10);
    const greedy = await askWithoutReading(31);
    // An empty line is no beginning of a request (RFC 9112 §2.2), and shows this side when the other has gone.
    const trickle = setInterval(() => greedy.write('\r\n'), 50);
    try {
      await eventually('the greedy client is cut off', () => Promise.resolve(greedy.closed), 10_000);
    } finally {
      clearInterval(trickle);
      greedy.destroy();
    }
    expect(await takeAll(modest)).toBeGreaterThan(10 * one);
  });

  it('of the documents are one copy, whoever asks', async () => {
    const contents: unknown[] = [];
    const app = express();
    app.use((_request, response, next) => {
      const end = response.end.bind(response) as (content: unknown) => typeof response;
      response.end = (content: unknown) => {
        contents.push(content);
        return end(content);
      };
      next();
    });
    app.use(documentationPages(routes));
    const server = createServer(app).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      for (const path of ['/openapi.json', '/docs', '/docs/start.js', '/docs/problems', largest]) {
        contents.length = 0;
        for (let time = 0; time < 2; time++) await (await fetch(`${url}${path}`)).arrayBuffer();
        const [first, second] = contents;
        expect({ path, isBuffer: Buffer.isBuffer(first), same: first === second }).toEqual({
          path,
          isBuffer: true,
          same: true,
        });
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
