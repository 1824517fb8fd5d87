import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * What operators find workflows by in the Temporal UI. Ids, states and instants only: search attributes are
 * never encrypted. Registered by `worker/temporal-setup.ts`.
 */
export const searchAttributes = {
  companyId: defineSearchAttributeKey('CompanyId', 'KEYWORD'),
  teamId: defineSearchAttributeKey('TeamId', 'KEYWORD'),
  stage: defineSearchAttributeKey('Stage', 'KEYWORD'),
  slaState: defineSearchAttributeKey('SlaState', 'KEYWORD'),
  ticketRef: defineSearchAttributeKey('TicketRef', 'KEYWORD'),
  assigneeId: defineSearchAttributeKey('AssigneeId', 'KEYWORD'),
  priority: defineSearchAttributeKey('Priority', 'INT'),
  nextDeadline: defineSearchAttributeKey('NextDeadline', 'DATETIME'),
  needsOperator: defineSearchAttributeKey('NeedsOperator', 'BOOL'),
} as const;
