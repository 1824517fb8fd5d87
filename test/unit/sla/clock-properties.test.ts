import fc from 'fast-check';
import {
  type ClockRule,
  followClock,
  readClock,
  type StageFacts,
  type StagePeriod,
} from '../../../domain/sla/clock';
import { explainClock } from '../../../domain/sla/explanation';
import { compileCalendar } from '../../../domain/working-time';

const minute = 60_000;
const office = compileCalendar({
  timezone: 'Europe/Berlin',
  weekly: [1, 2, 3, 4, 5].flatMap((weekday) => [
    { weekday, from: '09:00', to: '12:30' },
    { weekday, from: '13:00', to: '17:00' },
  ]),
  holidays: [{ date: '2026-04-03', name: 'Good Friday' }],
});
const stages = new Map<string, StageFacts>(
  (
    [
      ['open', 1, 'open'],
      ['waiting', 2, 'paused'],
      ['solved', 3, 'closed'],
    ] as const
  ).map(([id, position, category]) => [id, { id, teamId: 'team', position, category, cancels: false }]),
);
const by = { type: 'operator' } as const;

function ruleOf(targetMinutes: number): ClockRule {
  return {
    teamId: 'team',
    targetMs: targetMinutes * minute,
    warnAtPercent: 80,
    targetPosition: 3,
    pausedStageIds: [],
    pauseInPausedStages: true,
    onReopen: 'resume',
  };
}

/** A ticket that is worked on and waits in turns around a change to summer time, to the millisecond. */
const life = fc.record({
  startMs: fc.integer({ min: Date.parse('2026-03-20T00:00:00Z'), max: Date.parse('2026-04-10T00:00:00Z') }),
  stretchesMs: fc.array(fc.integer({ min: 0, max: 40 * 60 * minute }), { maxLength: 8 }),
  targetMinutes: fc.integer({ min: 1, max: 3_000 }),
});

function periodsOf(startMs: number, stretchesMs: readonly number[]): StagePeriod[] {
  let enteredAtMs = startMs;
  const periods: StagePeriod[] = [];
  for (const [index, stretchMs] of [...stretchesMs, null].entries()) {
    const leftAtMs = stretchMs === null ? null : enteredAtMs + stretchMs;
    periods.push({ stageId: index % 2 === 0 ? 'open' : 'waiting', enteredAtMs, leftAtMs, enteredBy: by });
    enteredAtMs = leftAtMs ?? enteredAtMs;
  }
  return periods;
}

/** The facts as they were when the ticket entered its nth stage. */
function until(periods: readonly StagePeriod[], count: number): StagePeriod[] {
  return periods
    .slice(0, count)
    .map((period, index) => (index === count - 1 ? { ...period, leftAtMs: null } : period));
}

it('reads from all facts what a clock that is carried from stage to stage arrives at', () => {
  fc.assert(
    fc.property(life, ({ startMs, stretchesMs, targetMinutes }) => {
      const periods = periodsOf(startMs, stretchesMs);
      const rule = ruleOf(targetMinutes);
      let leftMs = rule.targetMs;
      let breachedAtMs: number | null = null;
      for (const [index, { stageId, enteredAtMs, leftAtMs }] of periods.entries()) {
        const running = stageId === 'open';
        const due = running ? office.addMs(enteredAtMs, leftMs) : null;
        const reading = readClock(rule, stages, until(periods, index + 1), startMs, office, enteredAtMs);
        if (breachedAtMs === null && due !== null && due <= enteredAtMs) breachedAtMs = due;
        if (breachedAtMs === null) {
          expect(reading).toMatchObject({
            status: running ? 'running' : 'paused',
            deadlineMs: due,
            remainingMs: leftMs,
            breachedAtMs: null,
          });
        } else expect(reading).toMatchObject({ status: 'breached', breachedAtMs, deadlineMs: breachedAtMs });
        if (!running || leftAtMs === null || breachedAtMs !== null) continue;
        if (due !== null && due <= leftAtMs) breachedAtMs = due;
        leftMs -= Math.min(leftMs, office.betweenMs(enteredAtMs, leftAtMs));
      }
    }),
  );
});

it('breaches at the same instant whenever somebody looks, and never before it', () => {
  fc.assert(
    fc.property(life, fc.nat(10 * 24 * 60 * minute), ({ startMs, stretchesMs, targetMinutes }, laterMs) => {
      const periods = periodsOf(startMs, stretchesMs.slice(0, stretchesMs.length & ~1));
      const rule = ruleOf(targetMinutes);
      const enteredAtMs = periods.at(-1)?.enteredAtMs ?? startMs;
      const { deadlineMs, breachedAtMs } = readClock(rule, stages, periods, startMs, office, enteredAtMs);
      if (deadlineMs === null || breachedAtMs !== null) return;
      const at = (nowMs: number) => readClock(rule, stages, periods, startMs, office, nowMs);
      if (deadlineMs > enteredAtMs) expect(at(deadlineMs - 1).status).toBe('running');
      expect(at(deadlineMs + laterMs)).toMatchObject({ status: 'breached', breachedAtMs: deadlineMs });
    }),
  );
});

it('is not moved by a pause outside the hours', () => {
  fc.assert(
    fc.property(life, fc.nat(), fc.nat(), ({ startMs, targetMinutes }, first, second) => {
      const rule = ruleOf(targetMinutes);
      const closing = office
        .segments(startMs, startMs + 4 * 24 * 60 * minute)
        .find(({ counted }) => !counted);
      if (closing === undefined) return;
      const length = closing.toMs - closing.fromMs;
      const [from = 0, to = 0] = [first % (length + 1), second % (length + 1)].toSorted((a, b) => a - b);
      const plain = readClock(rule, stages, periodsOf(startMs, []), startMs, office, startMs);
      if (plain.deadlineMs === null || plain.deadlineMs <= closing.toMs) return;
      const paused = periodsOf(startMs, [closing.fromMs + from - startMs, to - from]);
      expect(readClock(rule, stages, paused, startMs, office, startMs).deadlineMs).toBe(plain.deadlineMs);
    }),
  );
});

it('reads on from where it had settled what it reads from the beginning, wherever that was', () => {
  const places = new Map(
    (['open', 'waiting', 'solved', 'canceled', 'elsewhere'] as const).map(
      (id, index): [string, StageFacts] => [
        id,
        {
          id,
          teamId: id === 'elsewhere' ? 'other' : 'team',
          position: index + 1,
          category: id === 'waiting' ? 'paused' : index === 2 || index === 3 ? 'closed' : 'open',
          cancels: id === 'canceled',
        },
      ],
    ),
  );
  const step = fc.record({
    stageId: fc.constantFrom(...places.keys()),
    stretchMs: fc.integer({ min: 0, max: 30 * 60 * minute }),
  });
  const steps = fc.array(step, { minLength: 4, maxLength: 24 });
  const onReopen = fc.constantFrom('resume' as const, 'restart' as const);
  fc.assert(
    fc.property(
      life,
      steps,
      onReopen,
      fc.array(fc.nat(24)),
      ({ startMs, targetMinutes }, moves, reopen, cuts) => {
        const rule = { ...ruleOf(targetMinutes), onReopen: reopen };
        const ends = moves.map((_move, index) =>
          moves.slice(0, index + 1).reduce((sum, { stretchMs }) => sum + stretchMs, startMs),
        );
        const periods = moves.map(({ stageId }, index) => ({
          stageId,
          enteredAtMs: ends[index - 1] ?? startMs,
          leftAtMs: ends[index] ?? null,
          enteredBy: by,
        }));
        const read = (
          count: number,
          from = 0,
          settled: Parameters<typeof followClock>[0]['settled'] = null,
        ) =>
          followClock({
            rule,
            stages: places,
            periods: until(periods, count).slice(from),
            startedAtMs: startMs,
            workingTime: office,
            nowMs: ends[count - 1] ?? startMs,
            settled,
          });
        let from = 0;
        let settled: Parameters<typeof followClock>[0]['settled'] = null;
        for (const count of [...new Set([...cuts, moves.length])].toSorted((left, right) => left - right)) {
          if (count === 0 || count > moves.length) continue;
          const whole = read(count);
          const onward = read(count, from, settled);
          expect([onward.reading, onward.restartAtMs]).toEqual([whole.reading, whole.restartAtMs]);
          if (onward.settled === null) continue;
          settled = onward.settled;
          from = count - 2;
        }
      },
    ),
  );
});

it('counts two pauses that touch like the one they make', () => {
  fc.assert(
    fc.property(life, fc.nat(100), ({ startMs, targetMinutes, stretchesMs }, share) => {
      const [workedMs = 0, pausedMs = 0] = stretchesMs;
      const cut = Math.floor((pausedMs * share) / 100);
      const rule = ruleOf(targetMinutes);
      const read = (lengths: number[]) =>
        readClock(rule, stages, periodsOf(startMs, lengths), startMs, office, startMs + workedMs + pausedMs);
      expect(read([workedMs, cut, 0, pausedMs - cut])).toEqual(read([workedMs, pausedMs]));
    }),
  );
});

it('explains every deadline without a gap, and the counted minutes are the target exactly', () => {
  fc.assert(
    fc.property(life, ({ startMs, stretchesMs, targetMinutes }) => {
      const periods = periodsOf(startMs, stretchesMs);
      const rule = ruleOf(targetMinutes);
      const nowMs = periods.at(-1)?.enteredAtMs ?? startMs;
      const { deadlineMs } = readClock(rule, stages, periods, startMs, office, nowMs);
      if (deadlineMs === null) return;
      const segments = explainClock({
        rule,
        stages,
        periods,
        startedAtMs: startMs,
        reachedAtMs: null,
        untilMs: deadlineMs,
        workingTime: office,
      });
      const edges = segments.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
      expect(
        edges.slice(1, -1).filter((edge, index) => index % 2 === 0 && edge !== edges[index + 2]),
      ).toEqual([]);
      expect([edges[0], edges.at(-1)]).toEqual([startMs, deadlineMs]);
      const counted = segments.filter((segment) => segment.counted);
      expect(counted.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(targetMinutes);
      expect(counted.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)).toBe(rule.targetMs);
    }),
  );
});
