import { lastInstantMs } from './civil';
import type { Line } from './line';

/** Builds lines for ranges of local years. */
export interface LineSource {
  /**
   * Line for the years `[fromYear, toYear)`, with work 0 at the start of `originYear`. Endless downwards from
   * `firstYear`, and upwards from `ruledYear` when nothing changes there any more.
   */
  build(fromYear: number, toYear: number, originYear: number): Line;
  /** Nothing but one endless row lies before this year. */
  readonly firstYear: number;
  /** From this year on only what repeats with the zone's yearly rules is left, or nothing but one endless row. */
  readonly ruledYear: number;
  /** All of it fits one line at once: neither the zone nor the calendar goes on changing. */
  readonly finite: boolean;
  /** Years until everything repeats after `ruledYear`, or 0 when nothing changes there any more. */
  repeatYears(): number;
  /** The same in units of position. */
  readonly repeatLength: number;
  /** Year that holds a position. */
  yearOf(position: number): number;
  /** Work of an average year, for the first guess how far to build. */
  readonly workPerYear: number;
  /** Positions beyond this, on either side, are no answers. */
  readonly limit: number;
}

/**
 * A line without ends. Years are built when a question first needs them, at least doubling each time, so that
 * everything already built is built again only a few times; past the last exception the zone's yearly rules repeat
 * with the Gregorian calendar, and one such period answers for all that follow.
 */
export class EndlessLine {
  private readonly source: LineSource;
  private line: Line | null = null;
  private low = Infinity;
  private high = -Infinity;
  private fromYear = 0;
  private toYear = 0;
  private originYear = 0;

  constructor(source: LineSource) {
    this.source = source;
  }

  /** Work from `from` to `to`, signed. */
  between(from: number, to: number): number {
    // The second may extend the line, which leaves the first right: lines of one source share their zero.
    const until = this.workAt(to);
    return until - this.workAt(from);
  }

  /** Position `amount` of work away: the nearest one; `null` when there is not that much. */
  advance(position: number, amount: number): number | null {
    const work = this.workAt(position) + amount;
    if (amount > 0) return this.first(work);
    if (amount < 0) return this.last(work);
    if (amount === 0) return position;
    throw new RangeError(`Not an amount of work: ${amount}`);
  }

  /** The position itself when work goes on there, else where it begins again. */
  opening(position: number): number | null {
    return this.last(this.workAt(position));
  }

  /** The position itself when work went on until there, else where it last ended. */
  closing(position: number): number | null {
    return this.first(this.workAt(position));
  }

  private workAt(position: number): number {
    if (position >= this.low && position < this.high) return (this.line as Line).workAt(position);
    return this.distantWorkAt(position);
  }

  private first(work: number): number | null {
    const line = this.line as Line;
    const found = work > line.lowWork && work <= line.highWork ? line.first(work) : this.distantFirst(work);
    return found !== null && Math.abs(found) <= this.source.limit ? found : null;
  }

  private last(work: number): number | null {
    const line = this.line as Line;
    const found = work >= line.lowWork && work < line.highWork ? line.last(work) : this.distantLast(work);
    return found !== null && Math.abs(found) <= this.source.limit ? found : null;
  }

  private distantWorkAt(position: number): number {
    if (!(Math.abs(position) <= this.source.limit)) throw new RangeError(`Out of range: ${position}`);
    const year = this.source.yearOf(position);
    // The year of a position is that of UTC, and lines end at local midnights: one year to spare on each side.
    this.reach(year - 1, year + 2);
    const line = this.line as Line;
    if (position < line.high) return line.workAt(position);
    const length = this.source.repeatLength;
    const periods = Math.floor((position - line.high) / length) + 1;
    return line.workAt(position - periods * length) + periods * this.workOfRepeat(line);
  }

  private distantFirst(work: number): number | null {
    const line = this.reachWork(work);
    if (work > line.lowWork && work <= line.highWork) return line.first(work);
    if (!this.goesOnBeyond(line, work)) return null;
    const workOfRepeat = this.workOfRepeat(line);
    const periods = Math.ceil((work - line.highWork) / workOfRepeat);
    return line.first(work - periods * workOfRepeat) + periods * this.source.repeatLength;
  }

  private distantLast(work: number): number | null {
    const line = this.reachWork(work);
    if (work >= line.lowWork && work < line.highWork) return line.last(work);
    if (!this.goesOnBeyond(line, work)) return null;
    const workOfRepeat = this.workOfRepeat(line);
    const periods = Math.floor((work - line.highWork) / workOfRepeat) + 1;
    return line.last(work - periods * workOfRepeat) + periods * this.source.repeatLength;
  }

  /** More work than there is time to the limit is none, however often the hours repeat. */
  private goesOnBeyond(line: Line, work: number): boolean {
    return line.high !== Infinity && work >= line.highWork && work - line.highWork <= 2 * this.source.limit;
  }

  /** Only for a line whose end is the end of one whole repetition. */
  private workOfRepeat(line: Line): number {
    return line.highWork - line.workAt(line.high - this.source.repeatLength);
  }

  /** Extends the line until it holds that much work or has nothing more to build. */
  private reachWork(work: number): Line {
    let line = this.line as Line;
    while (work >= line.highWork && line.high !== Infinity && this.toYear < this.source.ruledYear) {
      const years = Math.min((work - line.highWork) / this.source.workPerYear, lastInstantMs);
      this.reach(this.fromYear, this.toYear + 1 + Math.ceil(years));
      line = this.line as Line;
    }
    while (work <= line.lowWork && line.low !== -Infinity) {
      const years = Math.min((line.lowWork - work) / this.source.workPerYear, lastInstantMs);
      this.reach(this.fromYear - 1 - Math.ceil(years), this.toYear);
      line = this.line as Line;
    }
    return line;
  }

  private reach(fromYear: number, toYear: number): void {
    const { source } = this;
    if (this.line === null) {
      this.fromYear = source.finite ? source.firstYear : Math.min(fromYear, source.ruledYear - 1);
      this.fromYear = Math.max(this.fromYear, source.firstYear);
      this.toYear = source.finite ? source.ruledYear : Math.max(toYear, this.fromYear + 1);
      this.originYear = this.fromYear;
    }
    const builtFrom = this.fromYear;
    const builtTo = this.toYear;
    const span = builtTo - builtFrom;
    if (fromYear < this.fromYear) this.fromYear = Math.min(fromYear, this.fromYear - span);
    if (toYear > this.toYear) this.toYear = Math.max(toYear, this.toYear + span);
    this.fromYear = Math.max(this.fromYear, source.firstYear);
    if (this.toYear >= source.ruledYear) this.toYear = source.ruledYear + source.repeatYears();
    // Beyond one whole repetition there is nothing more to build.
    if (this.line !== null && this.fromYear === builtFrom && this.toYear === builtTo) return;
    this.line = source.build(this.fromYear, this.toYear, this.originYear);
    this.low = this.line.low;
    this.high = this.line.high;
  }
}
