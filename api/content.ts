import { nextTurn, turnIsOver } from '../services/turn';

/** Above this a text goes out as bytes: what waits for its client is then counted as what it takes. */
const largeText = 16 * 1024;

/** The bytes or the text of an answer; the rows of a page are written over several turns of the event loop. */
export async function contentOf(body: unknown): Promise<string | Buffer> {
  if (Buffer.isBuffer(body)) return body;
  const text = typeof body === 'string' ? body : isPage(body) ? await pageText(body) : JSON.stringify(body);
  return text.length > largeText ? Buffer.from(text) : text;
}

interface PageBody {
  readonly data: readonly unknown[];
  readonly nextCursor: string | null;
}

function isPage(body: unknown): body is PageBody {
  const { data, nextCursor } = Object(body) as Partial<PageBody>;
  return Array.isArray(data) && nextCursor !== undefined && Object.keys(Object(body) as object).length === 2;
}

async function pageText({ data, nextCursor }: PageBody): Promise<string> {
  const rows: string[] = [];
  for (const row of data) {
    while (turnIsOver()) await nextTurn();
    rows.push(JSON.stringify(row));
  }
  return `{"data":[${rows.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`;
}
