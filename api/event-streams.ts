import { Readable } from 'node:stream';
import { DomainError } from '../domain/shared/errors';
import type { Database } from '../prisma/client';
import type { Identity } from '../services/access/authenticate';
import { stillValid } from '../services/access/valid-credentials';
import type { Context } from '../services/context';
import { newestEvents } from '../services/events/newest-events';
import { type FeedEvent, readFeed } from '../services/events/read-feed';
import type { Page } from '../services/listing';
import { seesEverything } from '../services/tickets/visibility';
import { nextTurn, turnIsOver } from '../services/turn';
import { EventReader } from './event-reader';

export interface EventStreamLimits {
  /** How often the process asks the database for news, once for all its readers. */
  readonly lookEveryMs: number;
  /** A quiet stream says that it lives this often; proxies close what is silent for longer. */
  readonly heartbeatMs: number;
  /** A client that takes nothing for so long is cut off. */
  readonly slowReaderMs: number;
  readonly perCredential: number;
}

const usualLimits: EventStreamLimits = {
  lookEveryMs: 500,
  heartbeatMs: 15_000,
  slowReaderMs: 30_000,
  perCredential: 10,
};

/** Events of one read: all that is held of a stream beside what its connection buffers. */
const pageSize = 25;

export interface EventStreams {
  /**
   * The company's events after a cursor, then each new one, as frames of `text/event-stream`, until the client
   * goes, its credential ends or the process stops.
   * @throws DomainError `not_ready` when the process stops, `rate_limited` for too many streams of one credential.
   */
  open(
    context: Context,
    identity: Identity,
    options: { readonly after: string; readonly signal: AbortSignal },
  ): Readable;
  /** Ends every stream, and refuses new ones. */
  close(): void;
}

/**
 * The live feeds of one process. The database is asked twice per look, however many clients listen: whose
 * credentials still stand, and which companies have something new. Only readers of those companies then read
 * on from their own cursor, by the query of `GET /v1/events`; readers who see the same share one read.
 */
export function createEventStreams(database: Database, given: Partial<EventStreamLimits> = {}): EventStreams {
  const limits = { ...usualLimits, ...given };
  const readers = new Set<EventReader>();
  let newest: ReadonlyMap<string, string> = new Map();
  let reads = new Map<string, Promise<Page<FeedEvent>>>();
  let nextLook: NodeJS.Timeout | undefined;
  let closed = false;

  function lookLater(): void {
    if (nextLook !== undefined || closed || readers.size === 0) return;
    nextLook = setTimeout(() => {
      // While the database is away there is no news; readers go on when it is back.
      look()
        .catch(() => undefined)
        .finally(() => {
          nextLook = undefined;
          lookLater();
        });
    }, limits.lookEveryMs);
  }

  async function look(): Promise<void> {
    const now = Date.now();
    for (const reader of readers) {
      if (reader.blockedSince < now - limits.slowReaderMs) reader.cutOff();
    }
    const asked = [...readers];
    const valid = await stillValid(
      database,
      asked.map(({ identity }) => identity),
    );
    for (const reader of asked) if (!valid.has(reader.identity)) reader.end();
    const known = newest;
    newest = await newestEvents(database, [...new Set(asked.map(({ identity }) => identity.companyId))]);
    reads = new Map();
    for (const reader of readers) {
      const { companyId } = reader.identity;
      if (known.get(companyId) !== newest.get(companyId)) reader.wake();
    }
  }

  function read(context: Context, after: string): Promise<Page<FeedEvent>> {
    const user = context.actor.type === 'user' && !seesEverything(context) ? context.actor.userId : '';
    const key = [context.companyId, user, after].join(' ');
    const known = reads.get(key);
    if (known !== undefined) return known;
    const started = readFeed(context, { after, limit: pageSize });
    reads.set(key, started);
    return started;
  }

  async function* frames(context: Context, reader: EventReader, from: string): AsyncGenerator<string> {
    let after = from;
    let live = false;
    yield reader.offering(`retry: 2000\nid: ${after}\n\n`);
    while (!reader.ended) {
      reader.taken();
      const page = await read(context, after);
      const last = page.data.at(-1);
      if (last !== undefined) {
        after = last.cursor;
        yield reader.offering(await framesOf(page.data));
      }
      if (page.nextCursor !== null) continue;
      if (!live) yield reader.offering(': live\n\n');
      live = true;
      while (!reader.ended && !(await reader.news(limits.heartbeatMs))) {
        if (!reader.ended) yield reader.offering(':\n\n');
        reader.taken();
      }
    }
  }

  return {
    open(context, identity, { after, signal }) {
      if (closed) {
        throw new DomainError('not_ready', 'This process is stopping; ask again.', { retryAfterSeconds: 1 });
      }
      const own = [...readers].filter((reader) => reader.identity.credentialId === identity.credentialId);
      if (own.length >= limits.perCredential) {
        throw new DomainError(
          'rate_limited',
          `This credential has ${limits.perCredential} streams open already; end one first.`,
          { retryAfterSeconds: 10 },
        );
      }
      const reader = new EventReader(identity);
      readers.add(reader);
      const stream = Readable.from(frames(context, reader, after));
      reader.onCutOff(() => stream.destroy());
      const leave = (): void => {
        reader.end();
        readers.delete(reader);
      };
      stream.once('close', leave);
      if (signal.aborted) leave();
      signal.addEventListener('abort', leave, { once: true });
      lookLater();
      return stream;
    },
    close() {
      closed = true;
      clearTimeout(nextLook);
      for (const reader of readers) reader.end();
    },
  };
}

/** What is large is written over several turns of the event loop. */
async function framesOf(events: readonly FeedEvent[]): Promise<string> {
  let text = '';
  for (const event of events) {
    while (turnIsOver()) await nextTurn();
    text += frameOf(event);
  }
  return text;
}

/** The cursor is the frame's id, so that a browser goes on from it by itself. JSON has no line breaks. */
function frameOf(event: FeedEvent): string {
  return `id: ${event.cursor}\ndata: ${JSON.stringify(event)}\n\n`;
}
