import { eventStreamProblems, framesOf } from './contract';
import { eventually } from './eventually';

/** A client of `GET /v1/events/stream` that keeps what arrives. */
export interface OpenStream {
  readonly status: number;
  /** Everything that has arrived so far. */
  text(): string;
  /** The subjects of the events that have arrived, in order; each was checked against the document. */
  subjects(): string[];
  /** The cursor to go on from. */
  lastId(): string;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  /** Waits until these subjects have arrived, and no others. */
  arrived(subjects: readonly string[]): Promise<void>;
  leave(): void;
}

/** Opens the feed of a running application and reads it until one side ends it. */
export async function openStream(
  url: string,
  token: string,
  options: { readonly query?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<OpenStream> {
  const abort = new AbortController();
  const response = await fetch(`${url}/v1/events/stream${options.query ?? ''}`, {
    headers: { Authorization: `Bearer ${token}`, ...options.headers },
    signal: abort.signal,
  });
  if (response.status !== 200 || response.body === null) {
    throw new Error(`the stream answered ${response.status}: ${await response.text()}`);
  }
  let text = '';
  const body = response.body.pipeThrough(new TextDecoderStream());
  const ended = (async () => {
    for await (const chunk of body) text += chunk;
  })();
  // Leaving is an error to fetch; who waits for the end still sees it.
  ended.catch(() => undefined);
  const subjects = (): string[] => {
    const problems = eventStreamProblems(text);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return framesOf(text).flatMap(({ data }) =>
      data === undefined ? [] : [(JSON.parse(data) as { subjectId: string }).subjectId],
    );
  };
  return {
    status: response.status,
    text: () => text,
    subjects,
    lastId: () => framesOf(text).at(-1)?.id ?? '',
    ended,
    async arrived(expected) {
      await eventually(`${expected.length} events on the stream`, () =>
        Promise.resolve(subjects().length >= expected.length),
      );
      expect(subjects()).toEqual(expected);
    },
    leave: () => abort.abort(),
  };
}
