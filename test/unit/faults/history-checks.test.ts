import { appendFindings } from '../../faults/random/checks/append';
import { bankFindings } from '../../faults/random/checks/bank';
import { feedFindings } from '../../faults/random/checks/feed';
import { postedFindings } from '../../faults/random/checks/posted';
import { setFindings } from '../../faults/random/checks/set';
import { type PromisedTicket, type SlaPromise, slaFindings } from '../../faults/random/checks/sla';
import { type Facts, type Operation, operationsOf } from '../../faults/random/history';

/** Mutants of good histories: a check that finds nothing in one of them could not fail. */

function operation(
  asked: Facts,
  answered: Facts,
  [invokedAtMs, endedAtMs]: readonly [number, number | null],
  outcome: Operation['outcome'] = endedAtMs === null ? 'info' : 'ok',
): Operation {
  return { process: 1, action: 'any', asked, answered, outcome, invokedAtMs, endedAtMs };
}

describe('a history', () => {
  const line = { process: 1, action: 'message.post', facts: {} } as const;

  it('pairs requests with their answers; what has no answer is unknown, as is a timeout', () => {
    const operations = operationsOf([
      { ...line, type: 'invoke', atMs: 1 },
      { ...line, process: 2, type: 'invoke', atMs: 2 },
      { ...line, type: 'ok', atMs: 3, facts: { id: 'a' } },
      { ...line, type: 'invoke', atMs: 4 },
      { ...line, type: 'info', atMs: 5 },
    ]);
    expect(operations.map(({ outcome, endedAtMs }) => [outcome, endedAtMs])).toEqual([
      ['ok', 3],
      ['info', null],
      ['info', null],
    ]);
    expect(operations[0]?.answered).toEqual({ id: 'a' });
  });

  it('refuses an answer to what was never asked', () => {
    expect(() => operationsOf([{ ...line, type: 'ok', atMs: 1 }])).toThrow('never asked');
  });
});

describe('append', () => {
  const post = (token: string, at: readonly [number, number | null], outcome?: Operation['outcome']) =>
    operation({ list: 'tkt', token }, {}, at, outcome);
  const read = (tokens: readonly string[], at: readonly [number, number]) =>
    operation({ list: 'tkt' }, { tokens }, at);
  const posts = [post('a', [0, 10]), post('b', [5, 20]), post('c', [30, null])];
  const check = (
    final: readonly string[],
    reads: readonly Operation[] = [],
    asked: readonly Operation[] = posts,
  ) => appendFindings(asked, reads, new Map([['tkt', final]]));

  it.each([
    ['all of it', ['a', 'b', 'c'], [read(['a'], [11, 12]), read(['a', 'b'], [21, 22])]],
    ['without what nobody knows of', ['b', 'a'], [read(['b'], [8, 9])]],
  ])('accepts %s', (_name, final, reads) => {
    expect(check(final, reads)).toEqual([]);
  });

  it.each<[string, readonly string[], readonly Operation[], string]>([
    ['an acknowledged one is lost', ['a', 'c'], [], 'acknowledged b is missing'],
    ['one stands twice', ['a', 'b', 'b'], [], 'b stands twice'],
    ['one that nobody posted', ['a', 'b', 'x'], [], 'x in tkt was never posted'],
    [
      'a late one before what was read',
      ['a', 'b'],
      [read(['b'], [8, 9])],
      'saw b in place 1, where a stands now',
    ],
    ['a read misses an acknowledged one', ['a', 'b'], [read(['a'], [21, 22])], 'misses b'],
  ])('finds: %s', (_name, final, reads, finding) => {
    expect(check(final, reads).join('\n')).toContain(finding);
  });

  it('finds a refused one that is there', () => {
    expect(check(['a'], [], [post('a', [0, 10], 'fail')])).toEqual(['a was refused and stands in tkt']);
  });
});

describe('set', () => {
  const made = [
    operation({ token: 'a' }, {}, [0, 10]),
    operation({ token: 'b' }, {}, [0, null]),
    operation({ token: 'c' }, {}, [0, 10], 'fail'),
  ];

  it.each([[['a']], [['a', 'b']]])('accepts %j: acknowledged ones, and those nobody knows of', (final) => {
    expect(setFindings('ticket', made, final)).toEqual([]);
  });

  it.each([
    [['b'], 'acknowledged ticket a is missing'],
    [['a', 'a'], 'ticket a is there twice'],
    [['a', 'b', 'b'], 'ticket b is there twice'],
    [['a', 'c'], 'ticket c was refused and is there'],
    [['a', 'x'], 'ticket x was never asked for'],
  ])('finds in %j: %s', (final, finding) => {
    expect(setFindings('ticket', made, final)).toEqual([finding]);
  });
});

describe('posted', () => {
  const post = (invoice: string, number: string) => operation({ invoice }, { number }, [0, 10]);
  const check = (final: Readonly<Record<string, string | null>>, posts: readonly Operation[]) =>
    postedFindings(posts, new Map(Object.entries(final)));

  it('accepts posts that stand with their numbers, drafts, and posts nobody was answered', () => {
    const unanswered = operation({ invoice: 'b' }, {}, [0, null]);
    expect(check({ a: 'INV/1', b: 'INV/2', c: null }, [post('a', 'INV/1'), unanswered])).toEqual([]);
  });

  it.each([
    ['a lost post', { a: null }, 'invoice a was posted as INV/1 and is null'],
    ['an invoice that is gone', {}, 'invoice a was posted as INV/1 and is null'],
    ['a number that changed', { a: 'INV/2' }, 'invoice a was posted as INV/1 and is INV/2'],
    ['a number given twice', { a: 'INV/1', b: 'INV/1' }, 'two invoices have the number INV/1'],
  ])('finds %s', (_name, final, finding) => {
    expect(check(final, [post('a', 'INV/1')])).toEqual([finding]);
  });
});

describe('bank', () => {
  const read = (...lines: readonly (readonly [delivered: number, invoiced: number])[]) =>
    operation(
      {},
      {
        lines: lines.map(([deliveredMinutes, invoicedMinutes], index) => ({
          id: `line${index}`,
          deliveredMinutes,
          invoicedMinutes,
        })),
      },
      [0, 10],
    );

  it('accepts transfers, and reads nobody answered', () => {
    const unanswered = operation({}, {}, [0, null]);
    expect(bankFindings([read([60, 0], [40, 0]), read([100, 0], [0, 0]), unanswered], 100)).toEqual([]);
  });

  it.each([
    ['minutes lost on the way', read([60, 0], [30, 0]), 'the order has 90 minutes at 0 ms instead of 100'],
    ['minutes counted on both lines', read([60, 0], [60, 0]), 'the order has 120 minutes'],
    ['a negative line', read([110, 0], [-10, 0]), 'line line1 is negative'],
    ['minutes invoiced twice', read([60, 80], [40, 0]), 'line line0 has more invoiced than delivered'],
  ])('finds %s', (_name, one, finding) => {
    expect(bankFindings([one], 100).join('\n')).toContain(finding);
  });
});

describe('feed', () => {
  const read = (...ids: readonly string[]) => operation({ reader: 'one' }, { ids }, [0, 10]);
  const final = ['e1', 'e2', 'e3', 'e4'];

  it('accepts readers that saw the beginning, or all of it', () => {
    expect(feedFindings([read('e1', 'e2'), read(), read('e3')], final, 3)).toEqual([]);
    expect(feedFindings([read('e1', 'e2', 'e3', 'e4')], final, 4)).toEqual([]);
  });

  it.each<[string, readonly Operation[], readonly string[], string]>([
    ['a gap: a late commit behind the cursor', [read('e1'), read('e3')], final, 'missed e2 before e3 at 2'],
    ['a repetition', [read('e1', 'e2'), read('e2', 'e3')], final, 'saw e2 again at 3'],
    ['another order', [read('e2', 'e1')], final, 'missed e1 before e2 at 1'],
    ['an event that is gone', [read('e1', 'x')], final, 'saw x at 2, where there is none'],
    ['a reader that stops short', [read('e1', 'e2')], final, 'stopped at 2 of 4 events'],
    ['an event twice', [read('e1')], ['e1', 'e2', 'e1'], 'the feed shows an event twice'],
  ])('finds %s', (_name, reads, whole, finding) => {
    expect(feedFindings(reads, whole, 4).join('\n')).toContain(finding);
  });
});

describe('sla', () => {
  const promise: SlaPromise = {
    targetMs: 60_000,
    warnAfterMs: 30_000,
    standings: new Map([
      ['new', 'running'],
      ['waiting', 'paused'],
      ['solved', 'reached'],
    ]),
  };
  const ticket = (change: Partial<PromisedTicket>): PromisedTicket => ({
    id: 'tkt',
    createdAtMs: 1_000,
    firstStageId: 'new',
    moves: [],
    breaches: [],
    warnings: [],
    ...change,
  });
  const breach = { dueAtMs: 61_000, observedAtMs: 61_200 };
  const solved = (atMs: number) => ({ stageId: 'solved', atMs });
  const check = (change: Partial<PromisedTicket>, nowMs = 200_000) =>
    slaFindings([ticket(change)], promise, nowMs);

  it.each<[string, Partial<PromisedTicket>]>([
    ['a breach at its deadline', { breaches: [breach], warnings: [{ observedAtMs: 31_000 }] }],
    ['none when solved in time', { moves: [solved(50_000)] }],
    ['none when solved exactly at the deadline', { moves: [solved(61_000)] }],
    ['one when solved too late', { moves: [solved(61_001)], breaches: [breach] }],
    [
      'a deadline moved by a pause',
      {
        moves: [
          { stageId: 'waiting', atMs: 21_000 },
          { stageId: 'new', atMs: 51_000 },
        ],
        breaches: [{ dueAtMs: 91_000, observedAtMs: 91_000 }],
      },
    ],
    [
      'time that goes on after reopening',
      {
        moves: [solved(41_000), { stageId: 'new', atMs: 100_000 }],
        breaches: [{ dueAtMs: 120_000, observedAtMs: 120_001 }],
      },
    ],
  ])('accepts %s', (_name, change) => {
    expect(check(change)).toEqual([]);
  });

  it('waits a little for a breach that is being recorded', () => {
    expect(check({}, 62_000)).toEqual([]);
  });

  it.each<[string, Partial<PromisedTicket>, string]>([
    ['a breach that was never recorded', {}, 'no breach of tkt'],
    ['a timer fired twice', { breaches: [breach, breach] }, '2 breaches of tkt'],
    [
      'a breach of a promise that was kept',
      { moves: [solved(50_000)], breaches: [breach] },
      'whose deadline did not pass',
    ],
    [
      'a breach dated when it was seen',
      { breaches: [{ dueAtMs: 61_200, observedAtMs: 61_200 }] },
      'is dated 200 ms off',
    ],
    [
      'a breach before its time',
      { breaches: [{ dueAtMs: 61_000, observedAtMs: 60_000 }] },
      'was seen before it was due',
    ],
    [
      'two warnings',
      { breaches: [breach], warnings: [{ observedAtMs: 31_000 }, { observedAtMs: 31_000 }] },
      '2 warnings of tkt',
    ],
    ['a warning too early', { breaches: [breach], warnings: [{ observedAtMs: 30_999 }] }, 'too early'],
  ])('finds %s', (_name, change, finding) => {
    expect(check(change).join('\n')).toContain(finding);
  });
});
