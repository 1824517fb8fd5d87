import { invalidField } from '../../domain/shared/errors';
import type { Segment, WorkingTime } from '../../domain/working-time';
import type { Context } from '../context';
import { type Queryable, readOne } from '../listing';
import { nextTurn, turnIsOver } from '../turn';
import { type CalendarView, calendarResource } from './calendar';
import { loadWorkingTime } from './working-time';

/** A question to a calendar; instants are ISO 8601, durations minutes of working time. */
export type Computation = { readonly calendarVersion?: number | undefined } & (
  | { readonly op: 'add'; readonly from: string; readonly minutes: number }
  | { readonly op: 'between'; readonly from: string; readonly to: string }
  | { readonly op: 'next_opening'; readonly from: string }
  | { readonly op: 'previous_closing'; readonly from: string }
  | {
      readonly op: 'add_days';
      readonly from: string;
      readonly days: number;
      readonly minutes?: number | undefined;
    }
);

export interface ComputedSegment {
  readonly from: string;
  readonly to: string;
  readonly minutes: number;
  readonly counted: boolean;
  readonly reason: Segment['reason'];
  readonly name: string | null;
}

export interface ComputationResult {
  readonly op: Computation['op'];
  readonly calendarVersion: number;
  /** The answer of every operation but `between`; `null` when the calendar holds none before the year 10000. */
  readonly instant: string | null;
  /** The answer of `between` in whole minutes, towards zero. */
  readonly minutes: number | null;
  /** The answer of `between`, exact. */
  readonly milliseconds: number | null;
  /** The stretches between the question's instant and the answer; `null` when they span more than five years. */
  readonly segments: readonly ComputedSegment[] | null;
}

/** The list of segments grows with the dates it spans, unlike the answer. */
const longestSegmentsMs = 5 * 366 * 86_400_000;
/** The years 1 to 9999, which ISO 8601 writes with four digits. */
const writableMs = {
  first: Date.parse('0001-01-01T00:00:00Z'),
  last: Date.parse('9999-12-31T23:59:59.999Z'),
};

/**
 * What the engine answers by the calendar's present version, or by the one named (spec.md §6).
 * @throws DomainError `not_found`; `validation_failed` for a version the calendar never had.
 */
export async function compute(
  context: Context,
  calendarId: string,
  question: Computation,
): Promise<ComputationResult> {
  const calendar = await readOne<CalendarView>(context, calendarResource, calendarId);
  const calendarVersion = question.calendarVersion ?? calendar.currentVersion;
  if (calendarVersion > calendar.currentVersion) {
    throw invalidField('/calendarVersion', 'unknown_reference', 'The calendar has no such version.');
  }
  const pool = context.database.pool as Queryable;
  const workingTime = await loadWorkingTime(pool, context.companyId, calendarId, calendarVersion);
  // Thousands of segments take a hundredth of a second.
  while (turnIsOver()) await nextTurn();
  const fromMs = Date.parse(question.from);
  if (question.op === 'between') {
    const toMs = Date.parse(question.to);
    const milliseconds = workingTime.betweenMs(fromMs, toMs);
    return {
      op: question.op,
      calendarVersion,
      instant: null,
      minutes: wholeMinutes(milliseconds),
      milliseconds,
      segments: segmentsOf(workingTime, fromMs, toMs),
    };
  }
  const answerMs = writable(answerOf(workingTime, question, fromMs));
  return {
    op: question.op,
    calendarVersion,
    instant: answerMs === null ? null : new Date(answerMs).toISOString(),
    minutes: null,
    milliseconds: null,
    segments: answerMs === null ? [] : segmentsOf(workingTime, fromMs, answerMs),
  };
}

function answerOf(
  workingTime: WorkingTime,
  question: Exclude<Computation, { readonly op: 'between' }>,
  fromMs: number,
): number | null {
  switch (question.op) {
    case 'add':
      return workingTime.addMs(fromMs, question.minutes * 60_000);
    case 'next_opening':
      return workingTime.nextOpening(fromMs);
    case 'previous_closing':
      return workingTime.previousClosing(fromMs);
    case 'add_days':
      return workingTime.addDays(fromMs, question.days, (question.minutes ?? 0) * 60_000);
  }
}

function writable(ms: number | null): number | null {
  return ms !== null && ms >= writableMs.first && ms <= writableMs.last ? ms : null;
}

function segmentsOf(workingTime: WorkingTime, aMs: number, bMs: number): ComputedSegment[] | null {
  if (Math.abs(bMs - aMs) > longestSegmentsMs) return null;
  return workingTime.segments(Math.min(aMs, bMs), Math.max(aMs, bMs)).map((segment) => ({
    from: new Date(segment.fromMs).toISOString(),
    to: new Date(segment.toMs).toISOString(),
    minutes: wholeMinutes(segment.toMs - segment.fromMs),
    counted: segment.counted,
    reason: segment.reason,
    name: segment.name ?? null,
  }));
}

function wholeMinutes(milliseconds: number): number {
  const minutes = Math.trunc(milliseconds / 60_000);
  // JSON writes a negative zero as 0; comparisons in between do not.
  return minutes === 0 ? 0 : minutes;
}
