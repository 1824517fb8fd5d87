import OpeningHours from 'opening_hours';
import { type CalendarDefinition, compileCalendar, type WorkingTime } from '../domain/working-time';

/**
 * The working-time engine against the best npm library for it and against a bare binary search, in one run:
 * `npm run bench -- working-time`. Blocks are interleaved, each round gives a ratio, printed are the median and
 * the spread of the rounds. Aims: 1000 times the library and 0.7 of the bare search, at 400 working hours.
 */
const timezone = 'America/New_York';
const rounds = 9;
const blockMs = 60;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const holidays = [
  ['2026-01-01', '2026 Jan 01'],
  ['2026-01-19', '2026 Jan 19'],
  ['2026-05-25', '2026 May 25'],
  ['2026-07-03', '2026 Jul 03'],
  ['2026-09-07', '2026 Sep 07'],
  ['2026-11-26', '2026 Nov 26'],
  ['2026-12-25', '2026 Dec 25'],
] as const;

const definition: CalendarDefinition = {
  timezone,
  weekly: [1, 2, 3, 4, 5].flatMap((weekday) => [
    { weekday, from: '09:00', to: '12:00' },
    { weekday, from: '13:00', to: '17:00' },
  ]),
  holidays: holidays.map(([date]) => ({ date })),
};

type Add = (startMs: number, durationMs: number) => number | null;

/** The library knows only the zone of the process; it has no addition, so its openings are walked. */
function libraryAdd(): Add {
  process.env['TZ'] = timezone;
  const rules = ['Mo-Fr 09:00-12:00,13:00-17:00', ...holidays.map(([, date]) => `${date} off`)];
  const library = new OpeningHours(rules.join('; '));
  return (startMs, durationMs) => {
    const iterator = library.getIterator(new Date(startMs));
    let at = startMs;
    let left = durationMs;
    for (;;) {
      const open = iterator.getState();
      if (!iterator.advance()) return null;
      const next = iterator.getDate().getTime();
      if (open && left <= next - at) return at + left;
      if (open) left -= next - at;
      at = next;
    }
  };
}

/**
 * The floor: every interval of ten years in a table with prefix sums and two plain binary searches. It knows its
 * years and nothing beyond, and checks nothing.
 */
function bareAdd(engine: WorkingTime): Add {
  const open = engine
    .segments(Date.UTC(2021, 0, 1), Date.UTC(2031, 0, 1))
    .filter((segment) => segment.counted);
  const starts = Float64Array.from(open, ({ fromMs }) => fromMs);
  const sums = new Float64Array(open.length + 1);
  open.forEach(({ fromMs, toMs }, index) => {
    sums[index + 1] = (sums[index] as number) + toMs - fromMs;
  });
  console.log(`bare table: ${open.length} intervals, ${(starts.byteLength + sums.byteLength) >> 10} KiB`);
  return (startMs, durationMs) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] as number) <= startMs) low = middle + 1;
      else high = middle;
    }
    const sum = (sums[low - 1] as number) + startMs - (starts[low - 1] as number);
    const work = Math.min(sum, sums[low] as number) + durationMs;
    low = 0;
    high = sums.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] as number) < work) low = middle + 1;
      else high = middle;
    }
    return (starts[low - 1] as number) + work - (sums[low - 1] as number);
  };
}

/** Instants all over 2026 to the millisecond, in an order no branch predictor learns; the same in every run. */
function randomStarts(): Float64Array {
  let state = 20_260_105;
  return Float64Array.from({ length: 16_384 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Date.UTC(2026, 0, 2) + Math.floor((state / 2 ** 32) * 360 * dayMs);
  });
}

let sink = 0;

/** Operations a second over a block of about `blockMs`. */
function measure(add: Add, starts: Float64Array, durationMs: number, batch: number): number {
  let count = 0;
  const beganMs = performance.now();
  let elapsedMs = 0;
  do {
    for (let index = 0; index < batch; index++) {
      sink += add(starts[count++ & (starts.length - 1)] as number, durationMs) ?? 0;
    }
    elapsedMs = performance.now() - beganMs;
  } while (elapsedMs < blockMs);
  return (count / elapsedMs) * 1000;
}

function summary(values: readonly number[], show: (value: number) => string): string {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number) => show(sorted[Math.round(share * (sorted.length - 1))] as number);
  return `${at(0.5)} (${at(0)} to ${at(1)})`;
}

function checkAgreement(engine: WorkingTime, others: readonly (readonly [string, Add, number])[]): void {
  const starts = randomStarts();
  for (const [name, add, count] of others) {
    for (let index = 0; index < count; index++) {
      const startMs = starts[index] as number;
      for (const hours of [4, 400]) {
        const expected = engine.addMs(startMs, hours * hourMs);
        const answer = add(startMs, hours * hourMs);
        if (answer !== expected) {
          throw new Error(`${name} answers ${answer} for ${startMs} + ${hours} h, the engine ${expected}`);
        }
      }
    }
    console.log(`answers agree with ${name}: ${2 * count}`);
  }
}

function main(): void {
  const beganMs = performance.now();
  const engine = compileCalendar(definition);
  engine.addMs(Date.UTC(2026, 0, 5), hourMs);
  console.log(
    `compile and first answer, zone never seen before: ${(performance.now() - beganMs).toFixed(1)} ms`,
  );
  const add: Add = (startMs, durationMs) => engine.addMs(startMs, durationMs);
  const library = libraryAdd();
  const bare = bareAdd(engine);
  checkAgreement(engine, [
    ['opening_hours', library, 100],
    ['the bare search', bare, 16_384],
  ]);
  const starts = randomStarts();
  const duration = 400 * hourMs;
  const spans = [4, 400, 4000];
  for (const warm of [add, bare]) for (const hours of spans) measure(warm, starts, hours * hourMs, 1000);
  measure(library, starts, duration, 1);

  const toLibrary: number[] = [];
  const toBare: number[] = [];
  const speeds = { engine: [] as number[], bare: [] as number[], library: [] as number[] };
  const bySpan = spans.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    const bareBefore = measure(bare, starts, duration, 1000);
    const own = measure(add, starts, duration, 1000);
    const bareAfter = measure(bare, starts, duration, 1000);
    const theirs = measure(library, starts, duration, 1);
    const bareMean = (bareBefore + bareAfter) / 2;
    speeds.engine.push(own);
    speeds.bare.push(bareMean);
    speeds.library.push(theirs);
    toLibrary.push(own / theirs);
    toBare.push(own / bareMean);
    spans.forEach((hours, index) => {
      bySpan[index]?.push(measure(add, starts, hours * hourMs, 1000));
    });
  }

  const millions = (value: number) => `${(value / 1e6).toFixed(2)} M/s`;
  console.log(`\nadd 400 working hours, median of ${rounds} rounds (spread)`);
  console.log(`  engine           ${summary(speeds.engine, millions)}`);
  console.log(`  bare search      ${summary(speeds.bare, millions)}`);
  console.log(`  opening_hours    ${summary(speeds.library, (value) => `${value.toFixed(0)} /s`)}`);
  console.log(`  engine / opening_hours  ${summary(toLibrary, (value) => value.toFixed(0))}   aim 1000`);
  console.log(`  engine / bare search    ${summary(toBare, (value) => value.toFixed(2))}   aim 0.7`);
  console.log('\nengine by span');
  spans.forEach((hours, index) => {
    console.log(`  add ${String(hours).padStart(4)} h  ${summary(bySpan[index] ?? [], millions)}`);
  });
  if (!Number.isFinite(sink)) throw new Error('an answer was not a number');
}

main();
