/** A question that is part of a batch waits no longer than this for an earlier batch that does not come back. */
const patienceMs = 50;

interface Waiting<Key, Answer> {
  readonly key: Key;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Asks many small questions in few round trips: while one batch is under way, what is asked meanwhile goes into the
 * next. Nothing is kept: an answer is always of a query that began after its question was asked.
 * @param ask answers in the order of the keys; when it rejects, every question of the batch does.
 */
export function batched<Key, Answer>(
  ask: (keys: readonly Key[]) => Promise<readonly Answer[]>,
): (key: Key) => Promise<Answer> {
  let waiting: Waiting<Key, Answer>[] = [];
  let underWay = 0;
  let impatient: NodeJS.Timeout | undefined;

  const send = (): void => {
    const batch = waiting;
    waiting = [];
    clearTimeout(impatient);
    impatient = undefined;
    underWay += 1;
    const over = (): void => {
      underWay -= 1;
      if (underWay === 0 && waiting.length > 0) send();
    };
    ask(batch.map(({ key }) => key)).then(
      (answers) => {
        over();
        batch.forEach(({ resolve }, index) => resolve(answers[index] as Answer));
      },
      (reason: unknown) => {
        over();
        for (const { reject } of batch) reject(reason);
      },
    );
  };

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (underWay === 0) send();
      else impatient ??= setTimeout(send, patienceMs);
    });
}
