import { closedRow, type Row, type RowKind } from './line';

/** Collects rows in order, leaving out those of no length and those that go on as the one before. */
export class RowList {
  readonly rows: Row[] = [];

  push(start: number, kind: RowKind, anchor: number): void {
    const last = this.rows[this.rows.length - 1];
    if (last && last.start === start) this.rows.pop();
    const before = this.rows[this.rows.length - 1];
    if (before && before.kind === kind && before.anchor === anchor) return;
    this.rows.push({ start, kind, anchor });
  }

  /** Cuts `[from, to)` out of rows that end where `end` says; the row cut short goes on after it. */
  static withClosed(rows: readonly Row[], end: number, spans: readonly number[], idle: IdleTest): Row[] {
    const list = new RowList();
    let span = 0;
    rows.forEach((row, index) => {
      const rowEnd = rows[index + 1]?.start ?? end;
      list.push(row.start, row.kind, row.anchor);
      while (span < spans.length && (spans[span] as number) < rowEnd) {
        const from = Math.max(row.start, spans[span] as number);
        const to = Math.min(rowEnd, spans[span + 1] as number);
        if (from < to && row.kind !== closedRow && !idle(row, from, to)) {
          list.push(from, closedRow, 0);
          if (to < rowEnd) list.push(to, row.kind, row.anchor);
        }
        if ((spans[span + 1] as number) > rowEnd) break;
        span += 2;
      }
    });
    return list.rows;
  }
}

/** Whether a row has no work in `[from, to)` anyway, so that closing it would only cost a row. */
export type IdleTest = (row: Row, from: number, to: number) => boolean;
