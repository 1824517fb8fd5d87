import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The facts of one operation, as the checks read them: what was asked, or what came of it. */
export type Facts = Readonly<Record<string, unknown>>;

/**
 * One line of the history. `ok`: it happened, and this is the answer; `fail`: it was refused and has certainly not
 * happened; `info`: nobody knows, so it may happen at any later time (a timeout is never a failure).
 */
export interface HistoryEntry {
  /** Milliseconds since the run began, on a clock that never goes back. */
  readonly atMs: number;
  /** Who did it. A process whose operation ended as `info` does nothing more; its client goes on as another one. */
  readonly process: number;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly action: string;
  readonly facts: Facts;
}

/** An operation from its first request to its answer. */
export interface Operation {
  readonly process: number;
  readonly action: string;
  readonly asked: Facts;
  readonly answered: Facts;
  readonly outcome: 'ok' | 'fail' | 'info';
  readonly invokedAtMs: number;
  /** `null` while nobody knows what came of it. */
  readonly endedAtMs: number | null;
}

/** What the clients of a run asked and were answered, in memory and line by line in a file of JSON. */
export class History {
  readonly entries: HistoryEntry[] = [];
  private readonly startedAtMs = performance.now();
  private unwritten: string[] = [];
  private processes = 0;

  constructor(private readonly file: string | undefined) {
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  }

  /** Milliseconds since the run began. */
  nowMs(): number {
    return performance.now() - this.startedAtMs;
  }

  /** The number of a process that has done nothing yet. */
  newProcess(): number {
    this.processes += 1;
    return this.processes;
  }

  record(entry: Omit<HistoryEntry, 'atMs'>): void {
    const timed = { atMs: Math.round(this.nowMs() * 1000) / 1000, ...entry };
    this.entries.push(timed);
    if (this.file !== undefined) this.unwritten.push(JSON.stringify(timed));
    if (this.unwritten.length >= 500) this.write();
  }

  /** Writes what is not in the file yet. */
  write(): void {
    if (this.file === undefined || this.unwritten.length === 0) return;
    appendFileSync(this.file, `${this.unwritten.join('\n')}\n`);
    this.unwritten = [];
  }
}

/** The operations of a history in the order of their first requests; one without an end counts as `info`. */
export function operationsOf(entries: readonly HistoryEntry[]): Operation[] {
  const open = new Map<number, number>();
  const operations: Operation[] = [];
  for (const { process, type, action, facts, atMs } of entries) {
    if (type === 'invoke') {
      open.set(process, operations.length);
      const unknown = { answered: {}, outcome: 'info', endedAtMs: null } as const;
      operations.push({ process, action, asked: facts, invokedAtMs: atMs, ...unknown });
      continue;
    }
    const index = open.get(process);
    const invoked = index === undefined ? undefined : operations[index];
    if (index === undefined || invoked === undefined || invoked.action !== action) {
      throw new Error(`process ${process} answered ${action} and never asked for it`);
    }
    open.delete(process);
    const endedAtMs = type === 'info' ? null : atMs;
    operations[index] = { ...invoked, answered: facts, outcome: type, endedAtMs };
  }
  return operations;
}

/** Those of one action. */
export function ofAction(operations: readonly Operation[], ...actions: readonly string[]): Operation[] {
  return operations.filter(({ action }) => actions.includes(action));
}
