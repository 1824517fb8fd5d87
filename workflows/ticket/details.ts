import type { TicketSnapshot } from '../../domain/ticket/snapshot';

const iso = (instantMs: number): string => new Date(instantMs).toISOString();

/** What the ticket waits for, in one line for queries and lists. */
export function waitingFor(snapshot: TicketSnapshot | null, needsOperator: string | null): string {
  if (snapshot === null) return 'its record to be read';
  if (needsOperator !== null) return `an operator: billing stopped with ${needsOperator}`;
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
export function currentDetails(snapshot: TicketSnapshot, needsOperator: string | null): string {
  const lines = [
    `**Ticket ${snapshot.reference}** is in stage **${snapshot.stage}** (${snapshot.stageCategory}).`,
    '',
    `- Waits for: ${waitingFor(snapshot, needsOperator)}`,
    `- SLA: ${snapshot.slaState}${snapshot.nextDeadlineMs === null ? '' : `, next deadline ${iso(snapshot.nextDeadlineMs)}`}`,
    `- Assigned to: ${snapshot.assigneeId ?? 'nobody'}`,
  ];
  if (needsOperator !== null) {
    lines.push(
      '',
      `**Needs an operator.** Billing of logged time stopped with \`${needsOperator}\`. Mend the cause, then send the`,
      'update `retryBilling` with `{"reason": "what was mended"}`. Stage moves and deadlines go on meanwhile.',
    );
  }
  return lines.join('\n');
}
