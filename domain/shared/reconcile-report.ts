/** What one reconcile sweep found and sent on its way again, as counts. */
export interface ReconcileReport {
  /** Jobs that lie longer in the outbox than the relay ever needs; the relay is behind or down. */
  readonly staleJobs: number;
  /** Open tickets whose workflow did not run; started again. */
  readonly ticketsWithoutWorkflow: number;
  /** Deadlines that passed without a breach on record; their workflows were woken. */
  readonly overdueClocks: number;
  /** Open tickets whose deadlines follow hours that are not the team's any more; their workflows were told. */
  readonly outdatedClocks: number;
  /** Time entries whose latest version is not in the ledger; their workflows were told again. */
  readonly unbilledEntries: number;
  /** Invoice runs without a running workflow; started again. */
  readonly staleInvoiceRuns: number;
  /** Decisions that were answered with 202 and never taken; their commands now say so. */
  readonly lostDecisions: number;
  /** Contradictions in the ledger or the invoices; nothing is changed, an operator must look. */
  readonly ledgerFindings: number;
}
