import { connect, type Socket } from 'node:net';

/** One answer as it came over the wire. */
export interface RawReply {
  readonly status: number;
  /** Values by lower-case name, in the order they came. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

export interface Exchange {
  readonly replies: readonly RawReply[];
  /** Whether the server ended the connection. */
  readonly closed: boolean;
  readonly milliseconds: number;
}

const patienceMs = 20_000;

/** A connection that sends whatever it is told, request or not. */
export interface RawConnection {
  readonly socket: Socket;
  send(bytes: string | Buffer): void;
  /** Waits until so many answers are there, or until the server ends the connection. */
  replies(count: number): Promise<readonly RawReply[]>;
  /** Waits until the server ends the connection. @throws Error when it does not in time. */
  ended(limitMs?: number): Promise<void>;
  close(): void;
}

export async function openConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  let received = Buffer.alloc(0);
  let over = false;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    changed();
  });
  const end = (): void => {
    over = true;
    changed();
  };
  socket.on('end', end).on('close', end).on('error', end);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const until = (what: string, done: () => boolean, limitMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        listeners.delete(check);
        reject(
          new Error(
            `${what}: not within ${limitMs} ms; so far: ${received.toString('latin1').slice(0, 500)}`,
          ),
        );
      }, limitMs);
      const check = (): void => {
        if (!done()) return;
        clearTimeout(late);
        listeners.delete(check);
        resolve();
      };
      listeners.add(check);
      check();
    });
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    async replies(count) {
      await until(`${count} answers`, () => over || repliesIn(received).length >= count, patienceMs);
      return repliesIn(received);
    },
    ended: (limitMs = patienceMs) => until('the end of the connection', () => over, limitMs),
    close: () => void socket.destroy(),
  };
}

/** Sends the bytes on a connection of their own and waits for the answer, or for the end. */
export async function exchange(url: string, bytes: string | Buffer, count = 1): Promise<Exchange> {
  const startedAt = performance.now();
  const connection = await openConnection(url);
  try {
    connection.send(bytes);
    const replies = await connection.replies(count);
    return {
      replies,
      closed: connection.socket.readableEnded || connection.socket.destroyed,
      milliseconds: performance.now() - startedAt,
    };
  } finally {
    connection.close();
  }
}

/** A request as lines; `Host` and the end of the head are added unless they are given. */
export function requestText(
  requestLine: string,
  headers: readonly string[] = [],
  body: string | Buffer = '',
): Buffer {
  const host = headers.some((header) => /^host:/i.test(header)) ? [] : ['Host: keepdesk.test'];
  const length = Buffer.byteLength(body);
  const own = headers.some((header) => /^(content-length|transfer-encoding):/i.test(header));
  const sized = length > 0 && !own ? [`Content-Length: ${length}`] : [];
  const head = [requestLine, ...host, ...headers, ...sized].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}

function repliesIn(received: Buffer): RawReply[] {
  const replies: RawReply[] = [];
  let rest = received;
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd < 0) return replies;
    const [statusLine = '', ...lines] = rest.subarray(0, headEnd).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? Number.NaN);
    const headers = new Map<string, string[]>();
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
    }
    const afterHead = rest.subarray(headEnd + 4);
    if (status === 100) {
      rest = afterHead;
      continue;
    }
    const length = Number(headers.get('content-length')?.[0] ?? 0);
    if (afterHead.length < length) return replies;
    replies.push({ status, headers, body: afterHead.subarray(0, length).toString() });
    rest = afterHead.subarray(length);
  }
}
