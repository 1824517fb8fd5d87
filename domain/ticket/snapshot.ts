import type { SlaState, StageCategory } from './values';

/** The little a ticket's workflow knows of its ticket: what it waits for, never a text of a person (spec.md §2). */
export interface TicketSnapshot {
  /** `#00042` */
  readonly reference: string;
  readonly teamId: string;
  /** The stage's name, as operators see it. */
  readonly stage: string;
  readonly stageCategory: StageCategory;
  readonly archived: boolean;
  readonly slaState: SlaState;
  readonly priority: number;
  readonly assigneeId: string | null;
  readonly nextDeadlineMs: number | null;
  /** When the next warning or breach is due: the workflow's one timer. */
  readonly nextWakeAtMs: number | null;
  /** Time entries whose latest version is not in the ledger yet. */
  readonly pendingEntryIds: readonly string[];
}
