import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClockRule, readClock, type StageFacts, type StagePeriod } from '../../../domain/sla/clock';
import { explainClock } from '../../../domain/sla/explanation';
import { type CalendarDefinition, compileCalendar } from '../../../domain/working-time';

const hour = 3_600_000;
const by = { type: 'operator' } as const;

const stage = (
  id: string,
  position: number,
  category: StageFacts['category'],
  cancels = false,
): StageFacts => ({
  id,
  teamId: 'team',
  position,
  category,
  cancels,
});
const stages = new Map(
  [
    stage('new', 0, 'open'),
    stage('working', 1, 'open'),
    stage('waiting', 2, 'paused'),
    stage('solved', 3, 'closed'),
    stage('canceled', 4, 'closed', true),
  ].map((each) => [each.id, each]),
);
const rule = (changes: Partial<ClockRule> = {}): ClockRule => ({
  teamId: 'team',
  targetMs: 2 * hour,
  warnAtPercent: 80,
  targetPosition: 3,
  pausedStageIds: [],
  pauseInPausedStages: true,
  onReopen: 'resume',
  ...changes,
});

/** Periods from a list of moves; the last one stays open. */
function path(...moves: readonly [string, number][]): StagePeriod[] {
  return moves.map(([stageId, enteredAtMs], index) => ({
    stageId,
    enteredAtMs,
    leftAtMs: moves[index + 1]?.[1] ?? null,
    enteredBy: by,
  }));
}

/** Mon–Fri 9–17 UTC. */
const office = compileCalendar({
  timezone: 'UTC',
  weekly: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '09:00', to: '17:00' })),
  holidays: [],
});
const monday9 = Date.parse('2026-01-05T09:00:00Z');
const read = (periods: StagePeriod[], nowMs: number, changes: Partial<ClockRule> = {}) =>
  readClock(rule(changes), stages, periods, periods[0]?.enteredAtMs ?? 0, office, nowMs);

describe('readClock', () => {
  it('runs towards its deadline and warns at its share of the target', () => {
    expect(read(path(['new', monday9]), monday9 + hour)).toEqual({
      status: 'running',
      remainingMs: hour,
      deadlineMs: monday9 + 2 * hour,
      atRiskAtMs: monday9 + 1.6 * hour,
      reachedAtMs: null,
      breachedAtMs: null,
    });
  });

  it('has no deadline while it is paused, and the kept remainder afterwards', () => {
    const paused = path(['new', monday9], ['waiting', monday9 + hour]);
    expect(read(paused, monday9 + 5 * hour)).toMatchObject({
      status: 'paused',
      deadlineMs: null,
      remainingMs: hour,
    });
    const resumed = path(['new', monday9], ['waiting', monday9 + hour], ['working', monday9 + 5 * hour]);
    expect(read(resumed, monday9 + 5 * hour)).toMatchObject({
      status: 'running',
      deadlineMs: monday9 + 6 * hour,
    });
  });

  it('does not move for a pause outside working hours', () => {
    const evening = monday9 + 9 * hour;
    const late = monday9 + 7 * hour;
    const plain = read(path(['new', late]), late);
    const paused = read(path(['new', late], ['waiting', evening], ['new', evening + hour]), evening + hour);
    expect(paused.deadlineMs).toBe(plain.deadlineMs);
  });

  it('has met its target when it is reached exactly at the deadline, and missed it a millisecond later', () => {
    const due = monday9 + 2 * hour;
    expect(read(path(['new', monday9], ['solved', due]), due)).toMatchObject({
      status: 'reached',
      reachedAtMs: due,
    });
    expect(read(path(['new', monday9], ['solved', due + 1]), due + 1)).toMatchObject({
      status: 'breached',
      breachedAtMs: due,
      reachedAtMs: due + 1,
    });
  });

  it('breaches at the deadline when the pause begins right there', () => {
    const due = monday9 + 2 * hour;
    expect(read(path(['new', monday9], ['waiting', due]), due)).toMatchObject({
      status: 'breached',
      breachedAtMs: due,
    });
  });

  it('counts a later stage as reached, but not one that cancels', () => {
    expect(
      read(path(['new', monday9], ['working', monday9 + 1]), monday9 + 1, { targetPosition: 1 }).status,
    ).toBe('reached');
    expect(
      read(path(['new', monday9], ['waiting', monday9 + 1]), monday9 + 1, { targetPosition: 1 }).status,
    ).toBe('reached');
    expect(read(path(['new', monday9], ['canceled', monday9 + 1]), monday9 + 1).status).toBe('cancelled');
    expect(
      read(path(['new', monday9], ['solved', monday9 + 1], ['canceled', monday9 + 2]), monday9 + 2).status,
    ).toBe('reached');
  });

  it('goes on after reopening with what was left, or stays as it was when reopening starts over', () => {
    const reopened = path(['new', monday9], ['solved', monday9 + hour], ['working', monday9 + 3 * hour]);
    expect(read(reopened, monday9 + 3 * hour)).toMatchObject({
      status: 'running',
      deadlineMs: monday9 + 4 * hour,
    });
    expect(read(reopened, monday9 + 3 * hour, { onReopen: 'restart' })).toMatchObject({
      status: 'reached',
      reachedAtMs: monday9 + hour,
    });
  });
});

describe('explainClock', () => {
  it('accounts for every instant up to the deadline, and the counted minutes are the target exactly', () => {
    const start = Date.parse('2026-01-09T15:59:30.123Z');
    const periods = path(['new', start], ['waiting', start + 600_000], ['working', start + 2_400_001]);
    const { deadlineMs } = readClock(rule(), stages, periods, start, office, start + 2_400_001);
    const segments = explainClock({
      rule: rule(),
      stages,
      periods,
      startedAtMs: start,
      reachedAtMs: null,
      untilMs: deadlineMs ?? 0,
      workingTime: office,
    });
    expect(segments[0]?.fromMs).toBe(start);
    expect(segments.at(-1)?.toMs).toBe(deadlineMs);
    for (const [index, segment] of segments.entries()) {
      if (index > 0) expect(segment.fromMs).toBe(segments[index - 1]?.toMs);
    }
    const counted = segments.filter((segment) => segment.counted);
    expect(counted.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(120);
    expect(segments.filter(({ cause }) => cause !== undefined)).toEqual([
      expect.objectContaining({
        counted: false,
        reason: 'stage_paused',
        cause: { stageId: 'waiting', actor: by },
      }),
    ]);
  });
});

interface SlaCase {
  readonly id: string;
  readonly op: string;
  readonly calendar: CalendarDefinition;
  readonly tie?: string;
  readonly input: {
    readonly start: string;
    readonly end?: string;
    readonly durationSeconds?: number;
    readonly pauses?: readonly { readonly start: string; readonly end: string | null }[];
  };
  readonly expected: { readonly deadline?: string | null; readonly elapsedSeconds?: number };
}

const folder = join(__dirname, '../working-time/vectors');
const slaCases = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as SlaCase[])
  .filter(({ op }) => op === 'sla');

/** The case's pauses as stages a ticket stood in: their union, cut at the start of the clock. */
function periodsOf({ input }: SlaCase): StagePeriod[] {
  const start = Date.parse(input.start);
  const pauses = (input.pauses ?? [])
    .map((pause) => ({
      from: Math.max(start, Date.parse(pause.start)),
      to: pause.end === null ? null : Date.parse(pause.end),
    }))
    .filter(({ from, to }) => to === null || to > from)
    .sort((left, right) => left.from - right.from);
  const united: { from: number; to: number | null }[] = [];
  for (const pause of pauses) {
    const last = united.at(-1);
    if (last !== undefined && (last.to === null || pause.from <= last.to)) {
      last.to = last.to === null || pause.to === null ? null : Math.max(last.to, pause.to);
    } else united.push({ ...pause });
  }
  const moves: [string, number][] = united[0]?.from === start ? [] : [['new', start]];
  for (const { from, to } of united) {
    moves.push(['waiting', from]);
    if (to !== null) moves.push(['new', to]);
  }
  return path(...moves);
}

describe('the worked cases of other systems', () => {
  it('are all here', () => {
    expect(slaCases).toHaveLength(42);
  });

  it.each(slaCases.map((each) => [each.id, each] as const))('%s', (_id, vector) => {
    const start = Date.parse(vector.input.start);
    const workingTime = compileCalendar(vector.calendar);
    const periods = periodsOf(vector);
    if (vector.input.end !== undefined) {
      const end = Date.parse(vector.input.end);
      const targetMs = 10_000 * hour;
      const upTo = periods
        .filter(({ enteredAtMs }) => enteredAtMs < end)
        .map((period) => ({
          ...period,
          leftAtMs: period.leftAtMs === null || period.leftAtMs >= end ? null : period.leftAtMs,
        }));
      const reading = readClock(rule({ targetMs }), stages, upTo, start, workingTime, end);
      expect(targetMs - reading.remainingMs).toBe(Math.round((vector.expected.elapsedSeconds ?? 0) * 1000));
      return;
    }
    const targetMs = Math.round((vector.input.durationSeconds ?? 0) * 1000);
    const reading = readClock(rule({ targetMs }), stages, periods, start, workingTime, start);
    const expected = vector.id === 'constructed-101' ? '2026-01-05T10:00:00Z' : vector.expected.deadline;
    expect(reading.deadlineMs).toBe(
      expected === null || expected === undefined ? null : Date.parse(expected),
    );
  });
});
