import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CalendarDefinition, compileCalendar, type WorkingTime } from '../../../domain/working-time';
import { deadline, elapsed, type Pause } from './pauses';

type TextPause = { start: string; end: string | null };
type VectorCase = {
  id: string;
  op: 'add_working_time' | 'subtract' | 'working_time_between' | 'sla';
  calendar: CalendarDefinition;
  input: {
    start: string;
    end?: string;
    durationSeconds?: number;
    pauses?: TextPause[];
    reversed?: 'zero' | 'negative';
  };
  tie?: 'near' | 'far';
  expected: { instant?: string; seconds?: number; deadline?: string | null; elapsedSeconds?: number };
  note?: string;
};

const folder = join(__dirname, 'vectors');
const cases: VectorCase[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as VectorCase[]);

/** What the engine answers where it takes the near side and the source the far one, for positive durations. */
const nearAnswers: Record<string, string> = {
  'constructed-053': '2026-01-05T17:00:00Z',
  'constructed-055': '2026-01-06T09:00:00Z',
  'constructed-101': '2026-01-05T10:00:00Z',
};

const checked = new Map<string, number>();
let openingsProved = 0;
let closingsProved = 0;
let segmentsProved = 0;
let tiesFollowed = 0;

function instant(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Error(`not an instant: ${text}`);
  return ms;
}

function readPause({ start, end }: TextPause): Pause {
  return { startMs: instant(start), endMs: end === null ? Infinity : instant(end) };
}

function milliseconds(seconds: number | undefined): number {
  if (seconds === undefined) throw new Error('no seconds');
  return Math.round(seconds * 1000);
}

function checkMove(vector: VectorCase, engine: WorkingTime, direction: 1 | -1): void {
  const startMs = instant(vector.input.start);
  const durationMs = milliseconds(vector.input.durationSeconds);
  const answer = engine.addMs(startMs, direction * durationMs);
  const expectedMs = instant(vector.expected.instant ?? '');
  const edge = (ms: number) => (direction === 1 ? engine.nextOpening(ms) : engine.previousClosing(ms));
  if (vector.tie === 'far') {
    tiesFollowed++;
    const nearMs = durationMs === 0 ? startMs : instant(nearAnswers[vector.id] ?? '');
    expect(answer).toBe(nearMs);
    expect(edge(nearMs)).toBe(expectedMs);
  } else {
    expect(answer).toBe(expectedMs);
  }
  if (durationMs === 0 && (direction === -1 || vector.tie !== 'near')) {
    expect(edge(startMs)).toBe(expectedMs);
    if (direction === 1) openingsProved++;
    else closingsProved++;
  }
}

function checkBetween(vector: VectorCase, engine: WorkingTime): void {
  const startMs = instant(vector.input.start);
  const endMs = instant(vector.input.end ?? '');
  const expectedMs = milliseconds(vector.expected.seconds);
  const answer = engine.betweenMs(startMs, endMs);
  expect(vector.input.reversed !== undefined).toBe(endMs < startMs);
  expect(vector.input.reversed === 'zero' ? Math.max(0, answer) : answer).toBe(expectedMs);
  if (vector.input.reversed) return;
  const segments = engine.segments(startMs, endMs);
  const counted = segments.filter((segment) => segment.counted);
  expect(counted.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)).toBe(expectedMs);
  segmentsProved++;
}

function checkSla(vector: VectorCase, engine: WorkingTime): void {
  const startMs = instant(vector.input.start);
  const pauses = (vector.input.pauses ?? []).map(readPause);
  if (vector.input.durationSeconds === undefined) {
    const answer = elapsed(engine, startMs, instant(vector.input.end ?? ''), pauses);
    expect(answer).toBe(milliseconds(vector.expected.elapsedSeconds));
    return;
  }
  const answer = deadline(engine, startMs, milliseconds(vector.input.durationSeconds), pauses);
  const expected = vector.tie === 'far' ? nearAnswers[vector.id] : vector.expected.deadline;
  if (vector.tie === 'far') tiesFollowed++;
  if (expected === undefined) throw new Error(`${vector.id} expects nothing`);
  expect(answer).toBe(expected === null ? null : instant(expected));
}

test.each(cases.map((vector) => [vector.id, vector.op, vector.note ?? '', vector] as const))(
  '%s %s %s',
  (_id, op, _note, vector) => {
    const engine = compileCalendar(vector.calendar);
    if (op === 'add_working_time') checkMove(vector, engine, 1);
    else if (op === 'subtract') checkMove(vector, engine, -1);
    else if (op === 'working_time_between') checkBetween(vector, engine);
    else checkSla(vector, engine);
    checked.set(op, (checked.get(op) ?? 0) + 1);
  },
);

test('no case was skipped', () => {
  expect(Object.fromEntries(checked)).toEqual({
    add_working_time: 158,
    subtract: 73,
    working_time_between: 160,
    sla: 42,
  });
  expect(new Set(cases.map(({ id }) => id)).size).toBe(433);
  expect({ openingsProved, closingsProved, segmentsProved, tiesFollowed }).toEqual({
    openingsProved: 33,
    closingsProved: 28,
    segmentsProved: 156,
    tiesFollowed: 48,
  });
});
