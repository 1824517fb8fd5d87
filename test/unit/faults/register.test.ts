import { linearize } from '../../faults/random/checks/linearizable';
import { type RecordState, registerFindings } from '../../faults/random/checks/register';
import type { Facts, Operation } from '../../faults/random/history';

const initial: RecordState = { version: 1, fields: { subject: 'a', stageId: 'new' } };

function operation(
  asked: Facts,
  answered: Facts,
  [invokedAtMs, endedAtMs]: readonly [number, number | null],
  outcome: Operation['outcome'] = endedAtMs === null ? 'info' : 'ok',
): Operation {
  return {
    process: 1,
    action: 'any',
    asked: { record: 'tkt', ...asked },
    answered,
    outcome,
    invokedAtMs,
    endedAtMs,
  };
}

type Instants = readonly [number, number | null];

const seen = (version: number, fields: Facts): Facts => ({ version, fields });
const read = (version: number, fields: Facts, at: Instants) => operation({}, seen(version, fields), at);
const reword = (subject: string, ifMatch: number | null, version: number, at: Instants) =>
  operation({ set: { subject }, ifMatch, alwaysCounts: true }, seen(version, { subject }), at);
const move = (stageId: string, ifMatch: number | null, version: number, at: Instants) =>
  operation({ set: { stageId }, ifMatch }, seen(version, { stageId }), at);
const refused = (ifMatch: number, present: number, at: readonly [number, number]) =>
  operation(
    { set: { subject: 'z' }, ifMatch },
    { code: 'precondition_failed', state: { version: present } },
    at,
    'fail',
  );
const check = (...operations: readonly Operation[]) =>
  registerFindings(new Map([['tkt', initial]]), operations);

describe('a versioned record', () => {
  it.each<[string, readonly Operation[]]>([
    ['one after the other', [reword('b', 1, 2, [0, 10]), read(2, { subject: 'b' }, [11, 12])]],
    [
      'two at once, one refused with the present version',
      [reword('b', 1, 2, [0, 10]), refused(1, 2, [0, 10])],
    ],
    ['a read beside a write sees either', [reword('b', 1, 2, [0, 10]), read(1, { subject: 'a' }, [5, 6])]],
    ['a move to where it is counts nothing', [move('new', null, 1, [0, 10])]],
    [
      'a move that lost against another',
      [
        move('done', null, 2, [0, 10]),
        operation(
          { set: { stageId: 'open' } },
          { code: 'stage_changed', state: { stageId: 'done', version: 2 } },
          [0, 12],
          'fail',
        ),
      ],
    ],
    [
      'what nobody knows happened later',
      [reword('b', null, 2, [0, null]), read(1, { subject: 'a' }, [5, 6]), read(2, { subject: 'b' }, [8, 9])],
    ],
    ['what nobody knows never happened', [reword('b', 1, 2, [0, null]), reword('c', 1, 2, [5, 6])]],
  ])('accepts %s', (_name, operations) => {
    expect(check(...operations)).toEqual([]);
  });

  it.each<[string, readonly Operation[]]>([
    ['If-Match ignored: both win', [reword('b', 1, 2, [0, 10]), reword('c', 1, 3, [0, 12])]],
    ['a lost update', [reword('b', null, 2, [0, 10]), reword('c', null, 2, [11, 20])]],
    ['a stale read', [reword('b', 1, 2, [0, 10]), read(1, { subject: 'a' }, [11, 12])]],
    ['an effect that happened twice', [reword('b', null, 2, [0, 10]), read(3, { subject: 'b' }, [11, 12])]],
    ['an effect that nobody asked for', [read(2, { subject: 'x' }, [0, 10])]],
    ['a version told wrongly by a refusal', [reword('b', 1, 2, [0, 10]), refused(1, 7, [0, 10])]],
    ['a refusal although the version was right', [refused(1, 1, [0, 10])]],
    ['an effect that vanishes', [reword('b', 1, 2, [0, 10]), read(2, { subject: 'a' }, [11, 12])]],
    [
      'a refused change that was made',
      [
        operation({ set: { subject: 'b' } }, { code: 'ticket_archived' }, [0, 10], 'fail'),
        read(2, { subject: 'b' }, [11, 12]),
      ],
    ],
    ['a half-made change', [read(2, { subject: 'a', stageId: 'new' }, [0, 10])]],
  ])('finds %s', (_name, operations) => {
    expect(check(...operations)).toEqual([expect.stringContaining('tkt is not one record')]);
  });

  it('finds a record that nobody made', () => {
    expect(registerFindings(new Map(), [read(1, {}, [0, 1])])).toEqual(['tkt was changed and never made']);
  });
});

describe('the search', () => {
  /** A counter whose answers tell nothing, so that every order is possible. */
  const blind = { initial: 0, step: (state: number) => state + 1, keyOf: String };

  it('decides 200 operations of 16 clients at once', () => {
    const operations: Operation[] = [];
    for (let turn = 0; turn < 200; turn++) {
      const startMs = Math.floor(turn / 16) * 10 + (turn % 16) / 100;
      operations.push(reword(`s${turn}`, null, turn + 2, [startMs, startMs + 25]));
    }
    expect(check(...operations)).toEqual([]);
    const broken = operations.with(150, reword('s150', null, 150, [90.06, 115.06]));
    expect(check(...broken)).toEqual([expect.stringContaining('tkt is not one record')]);
  });

  it('gives up instead of searching for ever, and says so', () => {
    const impossible = { ...blind, step: (state: number) => (state < 20 ? state + 1 : undefined) };
    const operations = Array.from({ length: 30 }, () => ({ invokedAtMs: 0, endedAtMs: 1 }));
    expect(linearize(impossible, operations, 1_000)).toEqual({ verdict: 'undecided' });
  });
});
