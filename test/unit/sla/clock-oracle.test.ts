import fc from 'fast-check';
import {
  type ClockReading,
  type ClockRule,
  followClock,
  type StageFacts,
  type StagePeriod,
} from '../../../domain/sla/clock';
import { explainClock } from '../../../domain/sla/explanation';
import { compileCalendar } from '../../../domain/working-time';
import { calendarAround } from '../working-time/arbitraries';
import { dayMs, MinuteOracle, minuteMs, ZoneWindow } from '../working-time/minute-oracle';

type Effect = 'counts' | 'pauses' | 'reaches' | 'cancels';

/** What each stage does to the promise to reach `solved`, which pauses in `review` by name and in `waiting` by kind. */
const effects = {
  fresh: 'counts',
  working: 'counts',
  review: 'pauses',
  waiting: 'pauses',
  solved: 'reaches',
  archived: 'reaches',
  canceled: 'cancels',
  elsewhere: 'counts',
  elsewhereClosed: 'pauses',
} as const satisfies Record<string, Effect>;
type StageName = keyof typeof effects;

const stage = (
  id: StageName,
  position: number,
  category: StageFacts['category'],
  changes: Partial<StageFacts> = {},
): readonly [string, StageFacts] => [
  id,
  { id, teamId: 'team', position, category, cancels: false, ...changes },
];
const stages = new Map<string, StageFacts>([
  stage('fresh', 1, 'open'),
  stage('working', 2, 'open'),
  stage('review', 3, 'open'),
  stage('waiting', 4, 'paused'),
  stage('solved', 5, 'closed'),
  stage('archived', 6, 'open'),
  stage('canceled', 7, 'closed', { cancels: true }),
  stage('elsewhere', 9, 'open', { teamId: 'other' }),
  stage('elsewhereClosed', 9, 'closed', { teamId: 'other' }),
]);

const places = [
  ['Europe/Berlin', '2026-03-29'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Pacific/Apia', '2011-12-30'],
  ['America/Sao_Paulo', '2017-10-15'],
] as const;

interface Life {
  readonly startMs: number;
  /** `toTheEnd` leaves at the very millisecond of the deadline, where there is one. */
  readonly moves: readonly {
    readonly stageId: StageName;
    readonly stretchMs: number;
    readonly toTheEnd: boolean;
  }[];
  readonly laterMs: number;
  readonly targetMinutes: number;
  readonly warnAtPercent: number;
  readonly onReopen: 'resume' | 'restart';
}

/** Stretches of a few hours to the minute or the millisecond, at times of none, in a window the oracle knows. */
function lives(window: ZoneWindow): fc.Arbitrary<Life> {
  const stretchMs = fc.oneof(
    fc.integer({ min: 0, max: 14 * 60 }).map((minutes) => minutes * minuteMs),
    fc.integer({ min: 0, max: 14 * 60 * minuteMs }),
    fc.constant(0),
  );
  return fc.record({
    startMs: fc
      .integer({ min: -4 * dayMs, max: -dayMs })
      .map((beforeMs) => window.middleDay * dayMs + beforeMs),
    moves: fc.array(
      fc.record({
        stageId: fc.oneof(
          { arbitrary: fc.constantFrom<StageName>('fresh', 'working', 'elsewhere'), weight: 3 },
          { arbitrary: fc.constantFrom(...(Object.keys(effects) as StageName[])), weight: 2 },
        ),
        stretchMs,
        toTheEnd: fc.constantFrom(false, false, false, true),
      }),
      { minLength: 1, maxLength: 9 },
    ),
    laterMs: stretchMs,
    targetMinutes: fc.oneof(fc.integer({ min: 1, max: 240 }), fc.integer({ min: 1, max: 1_500 })),
    warnAtPercent: fc.constantFrom(1, 50, 80, 99),
    onReopen: fc.constantFrom('resume' as const, 'restart' as const),
  });
}

interface Period extends StagePeriod {
  readonly stageId: StageName;
}

function periodsOf({ startMs, moves }: Life, dueOf: (periods: readonly Period[]) => number | null): Period[] {
  let enteredAtMs = startMs;
  const periods: Period[] = [];
  for (const [index, { stageId, stretchMs, toTheEnd }] of moves.entries()) {
    const period = { stageId, enteredAtMs, leftAtMs: null, enteredBy: { type: 'operator' } as const };
    const dueAtMs = toTheEnd ? dueOf([...periods, period]) : null;
    const leavesAtMs = Math.max(enteredAtMs, dueAtMs ?? enteredAtMs + stretchMs);
    periods.push(index === moves.length - 1 ? period : { ...period, leftAtMs: leavesAtMs });
    enteredAtMs = leavesAtMs;
  }
  return periods;
}

/** A clock that ticks: it looks at each minute once, and knows nothing of the one it is to prove. */
class TickingClock {
  usedMs = 0;
  warnedAtMs: number | null = null;
  futureWarningAtMs: number | null = null;
  breachedAtMs: number | null = null;
  reachedAtMs: number | null = null;
  restartAtMs: number | null = null;
  /** Where the target would be used up, should the ticket stay where it is; `undefined` beyond the window. */
  dueAtMs: number | null | undefined = null;

  constructor(
    private readonly oracle: MinuteOracle,
    private readonly life: Life,
  ) {}

  private get targetMs(): number {
    return this.life.targetMinutes * minuteMs;
  }

  /** Lives through the periods up to `nowMs`; answers what the last stage makes of the clock. */
  live(periods: readonly Period[], nowMs: number): Effect | 'beyond' {
    let effect: Effect = 'counts';
    for (const [index, { stageId, enteredAtMs, leftAtMs }] of periods.entries()) {
      const here = effects[stageId];
      const next = periods[index + 1];
      if (this.reachedAtMs !== null && stages.get(stageId)?.teamId === 'other') continue;
      if (this.reachedAtMs !== null && here !== 'reaches') {
        if (this.life.onReopen === 'restart') {
          if (here === 'counts') this.restartAtMs ??= enteredAtMs;
          continue;
        }
        if (here === 'cancels') continue;
        this.reachedAtMs = null;
      }
      effect = here;
      if (here === 'reaches') this.reachedAtMs ??= enteredAtMs;
      if (this.breachedAtMs !== null) continue;
      if (here === 'counts') {
        this.dueAtMs = this.runUntil(enteredAtMs, leftAtMs ?? nowMs, this.endsWell(next?.stageId));
      } else if (here === 'reaches') {
        if (this.dueAtMs === null) this.dueAtMs = this.oracle.addMs(enteredAtMs, this.targetMs - this.usedMs);
      } else this.dueAtMs = null;
      if (this.dueAtMs === undefined) return 'beyond';
    }
    return effect;
  }

  private endsWell(next: StageName | undefined): boolean {
    return next !== undefined && (effects[next] === 'reaches' || effects[next] === 'cancels');
  }

  private runUntil(fromMs: number, toMs: number, endsWell: boolean): number | undefined {
    const warnMs = Math.floor((this.targetMs * this.life.warnAtPercent) / 100);
    const wasMs = this.usedMs;
    const dueAtMs = this.oracle.addMs(fromMs, this.targetMs - wasMs);
    if (wasMs < warnMs) this.warnedAtMs = this.oracle.addMs(fromMs, warnMs - wasMs) ?? null;
    const over = this.warnedAtMs !== null && this.warnedAtMs > toMs;
    this.futureWarningAtMs = over ? this.warnedAtMs : null;
    if (over) this.warnedAtMs = null;
    this.usedMs = Math.min(this.targetMs, wasMs + this.oracle.betweenMs(fromMs, toMs));
    if (dueAtMs !== undefined && (dueAtMs < toMs || (dueAtMs === toMs && !endsWell))) {
      this.breachedAtMs = dueAtMs;
    }
    return dueAtMs;
  }

  reading(effect: Effect): ClockReading {
    const status = { counts: 'running', pauses: 'paused', reaches: 'reached', cancels: 'cancelled' } as const;
    const { breachedAtMs, reachedAtMs } = this;
    const running = effect === 'counts';
    return {
      status: breachedAtMs === null ? status[effect] : 'breached',
      remainingMs: breachedAtMs === null ? this.targetMs - this.usedMs : 0,
      deadlineMs: breachedAtMs ?? this.dueAtMs ?? null,
      atRiskAtMs:
        running || breachedAtMs !== null
          ? (this.warnedAtMs ?? (running ? this.futureWarningAtMs : null))
          : null,
      reachedAtMs,
      breachedAtMs,
    };
  }
}

describe.each(places)('a clock in %s around %s', (timezone, middle) => {
  const window = new ZoneWindow(timezone, middle);

  it('is what ticking through every minute makes of it, and its deadline is explained to the minute', () => {
    let proved = 0;
    let explained = 0;
    fc.assert(
      fc.property(calendarAround(window), lives(window), (calendar, life) => {
        const oracle = new MinuteOracle(calendar, window);
        const workingTime = compileCalendar(calendar);
        const { startMs, onReopen, warnAtPercent, targetMinutes } = life;
        const rule: ClockRule = {
          teamId: 'team',
          targetMs: targetMinutes * minuteMs,
          warnAtPercent,
          targetPosition: 5,
          pausedStageIds: ['review'],
          pauseInPausedStages: true,
          onReopen,
        };
        const follow = (periods: readonly Period[], nowMs: number) =>
          followClock({ rule, stages, periods, startedAtMs: startMs, workingTime, nowMs });
        const periods = periodsOf(
          life,
          (some) => follow(some, some.at(-1)?.enteredAtMs ?? 0).reading.deadlineMs,
        );
        const nowMs = (periods.at(-1)?.enteredAtMs ?? startMs) + life.laterMs;
        if (nowMs > (window.middleDay + 5) * dayMs) return;
        const ticking = new TickingClock(oracle, life);
        // A stage that was left when the clock started is none of its own.
        const effect = ticking.live(
          periods.filter(({ leftAtMs }) => leftAtMs === null || leftAtMs > startMs),
          nowMs,
        );
        if (effect === 'beyond') return;
        const { reading, restartAtMs } = follow(periods, nowMs);
        expect({ ...reading, restartAtMs }).toEqual({
          ...ticking.reading(effect),
          restartAtMs: ticking.restartAtMs,
        });
        proved++;
        const { deadlineMs, reachedAtMs } = reading;
        if (deadlineMs === null) return;
        const segments = explainClock({
          rule,
          stages,
          periods,
          startedAtMs: startMs,
          reachedAtMs,
          untilMs: deadlineMs,
          workingTime,
        });
        let at = startMs;
        for (const { fromMs, toMs } of segments) {
          expect(fromMs).toBe(at);
          at = toMs;
        }
        expect(at).toBe(deadlineMs);
        const counted = segments.filter((segment) => segment.counted);
        expect(counted.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(targetMinutes);
        for (const { fromMs, toMs } of counted) {
          expect(oracle.betweenMs(fromMs, toMs)).toBe(toMs - fromMs);
        }
        explained++;
      }),
      { numRuns: 30 },
    );
    expect(proved).toBeGreaterThan(8);
    expect(explained).toBeGreaterThan(3);
  });
});
