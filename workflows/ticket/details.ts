import type { TicketSnapshot } from '../../domain/ticket/snapshot';

const iso = (instantMs: number): string => new Date(instantMs).toISOString();

/** What cannot go on without a person, each as the code it stopped with; `null` what goes on. */
export interface Trouble {
  readonly billing: string | null;
  readonly settling: string | null;
}

/** What the ticket waits for, in one line for queries and lists. */
export function waitingFor(snapshot: TicketSnapshot | null, trouble: Trouble): string {
  if (snapshot === null) return 'its record to be read';
  if (trouble.billing !== null) return `an operator: billing stopped with ${trouble.billing}`;
  if (trouble.settling !== null) return `an operator: its SLA clocks stopped with ${trouble.settling}`;
  if (snapshot.archived) return 'nothing: the ticket is archived';
  if (snapshot.nextWakeAtMs === null) {
    return snapshot.stageCategory === 'closed'
      ? 'nothing: the ticket is closed'
      : 'stage changes and logged time';
  }
  const due = snapshot.nextDeadlineMs === snapshot.nextWakeAtMs ? 'the deadline' : 'the warning';
  return `stage changes, logged time, or ${due} at ${iso(snapshot.nextWakeAtMs)}`;
}

/** The workflow's current details in the Temporal UI, Markdown; states and instants only. */
export function currentDetails(snapshot: TicketSnapshot, trouble: Trouble): string {
  const lines = [
    `**Ticket ${snapshot.reference}** is in stage **${snapshot.stage}** (${snapshot.stageCategory}).`,
    '',
    `- Waits for: ${waitingFor(snapshot, trouble)}`,
    `- SLA: ${snapshot.slaState}${snapshot.nextDeadlineMs === null ? '' : `, next deadline ${iso(snapshot.nextDeadlineMs)}`}`,
    `- Assigned to: ${snapshot.assigneeId ?? 'nobody'}`,
  ];
  if (trouble.billing !== null) {
    lines.push(
      '',
      `**Needs an operator.** Billing of logged time stopped with \`${trouble.billing}\`. Mend the cause, then send the`,
      'update `retryBilling` with `{"reason": "what was mended"}`. Stage moves and deadlines go on meanwhile.',
    );
  }
  if (trouble.settling !== null) {
    lines.push(
      '',
      `**Needs an operator.** Its SLA clocks stopped with \`${trouble.settling}\`. Mend the cause, then send the update`,
      '`recalculateSla` with `{"reason": "what was mended"}`. Stage moves and billing go on meanwhile.',
    );
  }
  return lines.join('\n');
}
