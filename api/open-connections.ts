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
}

/** The connections of a server, with the two limits that Node has none for: answers not taken, requests piled up. */
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
    const check = setInterval(() => this.cutWhoDoNotTake(), limits.connectionsCheckingInterval).unref();
    server.once('close', () => clearInterval(check));
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
}
