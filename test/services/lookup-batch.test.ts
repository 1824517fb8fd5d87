import { batched } from '../../services/lookup-batch';
import { eventually } from '../support/eventually';

interface Batch {
  readonly keys: readonly string[];
  answer(answers: readonly string[]): void;
  fail(reason: Error): void;
}

/** Questions whose batches the test answers by hand. */
function byHand(): { readonly batches: Batch[]; readonly ask: (key: string) => Promise<string> } {
  const batches: Batch[] = [];
  const ask = batched<string, string>(
    (keys) =>
      new Promise((resolve, reject) => {
        batches.push({ keys, answer: resolve, fail: reject });
      }),
  );
  return { batches, ask };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('questions asked in batches', () => {
  it('are asked at once when none is under way, else together in the next', async () => {
    const { batches, ask } = byHand();
    const answers = [ask('a'), ask('b'), ask('c')];
    expect(batches.map(({ keys }) => keys)).toEqual([['a']]);
    batches[0]?.answer(['A']);
    await turn();
    expect(batches.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c']]);
    batches[1]?.answer(['B', 'C']);
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C']);
  });

  it('never get an answer of a batch that was under way before they were asked, not even to the same question', async () => {
    const { batches, ask } = byHand();
    const before = ask('token');
    const after = ask('token');
    batches[0]?.answer(['valid']);
    await turn();
    batches[1]?.answer(['revoked']);
    expect(await before).toBe('valid');
    expect(await after).toBe('revoked');
  });

  it('fail together, and leave nothing behind for the next', async () => {
    const { batches, ask } = byHand();
    const first = ask('a').catch((error: Error) => error.message);
    const others = ['b', 'c'].map((key) => ask(key).catch((error: Error) => error.message));
    batches[0]?.fail(new Error('away'));
    await turn();
    batches[1]?.fail(new Error('still away'));
    expect(await first).toBe('away');
    expect(await Promise.all(others)).toEqual(['still away', 'still away']);
    const later = ask('d');
    batches[2]?.answer(['D']);
    expect(await later).toBe('D');
  });

  it('do not wait for ever behind a batch that does not come back', async () => {
    const { batches, ask } = byHand();
    void ask('lost');
    const answer = ask('a');
    await eventually('a second batch', () => Promise.resolve(batches.length >= 2), 5_000);
    batches[1]?.answer(['A']);
    expect(await answer).toBe('A');
  });
});
