import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What a connection owes its client, and how far the client has taken it. */
interface OpenConnection {
  readonly unanswered: Set<ServerResponse>;
  /** Bytes the client's side of the connection has accepted, and when that last grew. */
  takenBytes: number;
  takenAtMs: number;
  /** As many requests as it may send ahead have been; it ends with the answer to the last of them. */
  full: boolean;
}

export interface OpenConnectionLimits {
  /** A client that takes nothing of what waits for it is cut off after so many milliseconds. */
  readonly silenceTimeout: number;
  /** So many requests may wait for their answers; the connection ends with the answer to the last of them. */
  readonly pipelinedRequests: number;
  readonly connectionsCheckingInterval: number;
  /** So many bytes of answers may wait for their clients in all; beyond it those are cut off for whom most waits. */
  readonly unreadBytes: number;
  readonly unreadCheckingInterval: number;
}

/**
 * The connections of a server, with the limits that Node has none for: answers not taken, by time and by bytes, and
 * requests piled up.
 */
export class OpenConnections {
  private readonly connections = new Map<Duplex, OpenConnection>();

  constructor(
    server: Server,
    private readonly limits: OpenConnectionLimits,
  ) {
    server.on('connection', (socket: Socket) => {
      this.connections.set(socket, {
        unanswered: new Set(),
        takenBytes: 0,
        takenAtMs: performance.now(),
        full: false,
      });
      socket.once('close', () => this.connections.delete(socket));
    });
    const checks = [
      setInterval(() => this.cutWhoDoNotTake(), limits.connectionsCheckingInterval).unref(),
      setInterval(() => this.cutWhoHoldMost(), limits.unreadCheckingInterval).unref(),
    ];
    server.once('close', () => checks.forEach(clearInterval));
  }

  /** Whether this request is to be handled; those sent too far ahead of their answers are not. */
  admits(response: ServerResponse): boolean {
    const connection = this.connections.get(response.req.socket);
    if (connection === undefined || connection.full) return false;
    connection.unanswered.add(response);
    response.once('close', () => connection.unanswered.delete(response));
    if (connection.unanswered.size < this.limits.pipelinedRequests) return true;
    connection.full = true;
    response.setHeader('Connection', 'close');
    return true;
  }

  /** Answers that are being made or on their way. */
  *unanswered(): Iterable<ServerResponse> {
    for (const { unanswered } of this.connections.values()) yield* unanswered;
  }

  /** Whether a refusal would be the answer to what just failed, not to an earlier request of the same connection. */
  mayRefuse(socket: Duplex): boolean {
    if (!socket.writable) return false;
    const answers = [...(this.connections.get(socket)?.unanswered ?? [])];
    return !answers.some((response) => response.headersSent || response.req.complete);
  }

  private cutWhoDoNotTake(): void {
    const now = performance.now();
    for (const [socket, connection] of this.connections) {
      const takenBytes = (socket as Socket).bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || takenBytes !== connection.takenBytes) {
        connection.takenBytes = takenBytes;
        connection.takenAtMs = now;
      } else if (now - connection.takenAtMs > this.limits.silenceTimeout) {
        socket.destroy();
      }
    }
  }

  /**
   * A client that takes a byte now and then is not silent, and many may ask for much. What a process makes in the
   * time between two checks is little beside the limit, since both are done by the same thread.
   */
  private cutWhoHoldMost(): void {
    const holders: { readonly socket: Duplex; readonly bytes: number }[] = [];
    let sum = 0;
    for (const [socket, { unanswered }] of this.connections) {
      if (unanswered.size === 0) continue;
      const bytes = unreadBytes(socket, unanswered);
      if (bytes > 0) holders.push({ socket, bytes });
      sum += bytes;
    }
    if (sum <= this.limits.unreadBytes) return;
    holders.sort((left, right) => right.bytes - left.bytes);
    for (const { socket, bytes } of holders) {
      if (sum <= this.limits.unreadBytes) return;
      socket.destroy();
      sum -= bytes;
    }
  }
}

/** Answers behind the first of a connection wait in themselves; that of the socket is part of what the first one tells. */
function unreadBytes(socket: Duplex, unanswered: Iterable<ServerResponse>): number {
  let bytes = socket.writableLength;
  for (const response of unanswered) {
    bytes += response.writableLength - (response.socket?.writableLength ?? 0);
  }
  return bytes;
}
