import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { TicketSnapshot } from '../../domain/ticket/snapshot';
import { searchAttributes } from '../search-attributes';

/** Keeps the search attributes equal to the ticket; each upsert costs an event, so only changes are written. */
export class SearchAttributeMirror {
  private shown: string | null = null;

  show(companyId: string, snapshot: TicketSnapshot, needsOperator: boolean): void {
    const nextDeadline = snapshot.nextDeadlineMs === null ? null : new Date(snapshot.nextDeadlineMs);
    const pairs = [
      { key: searchAttributes.companyId, value: companyId },
      { key: searchAttributes.teamId, value: snapshot.teamId },
      { key: searchAttributes.ticketRef, value: snapshot.reference },
      { key: searchAttributes.stage, value: snapshot.stage },
      { key: searchAttributes.slaState, value: snapshot.slaState },
      { key: searchAttributes.assigneeId, value: snapshot.assigneeId },
      { key: searchAttributes.priority, value: snapshot.priority },
      { key: searchAttributes.nextDeadline, value: nextDeadline },
      { key: searchAttributes.needsOperator, value: needsOperator },
    ];
    const present = this.shown ?? started();
    const next = JSON.stringify(pairs.map(({ value }) => value));
    if (next === present) return;
    this.shown = next;
    upsertSearchAttributes(pairs);
  }
}

/** What the run was started with, in the same form, so that a fresh or continued run writes only what differs. */
function started(): string {
  const attributes = workflowInfo().typedSearchAttributes;
  const values = [
    attributes.get(searchAttributes.companyId),
    attributes.get(searchAttributes.teamId),
    attributes.get(searchAttributes.ticketRef),
    attributes.get(searchAttributes.stage),
    attributes.get(searchAttributes.slaState),
    attributes.get(searchAttributes.assigneeId),
    attributes.get(searchAttributes.priority),
    attributes.get(searchAttributes.nextDeadline),
    attributes.get(searchAttributes.needsOperator),
  ];
  return JSON.stringify(values.map((value) => value ?? null));
}
