/** The API's only way to the invoice runs' workflows. */
export interface InvoiceRunGateway {
  /**
   * Starts the run's workflow, or finds it started; waits up to `waitMs` for its end.
   * @returns whether the run ended within the wait.
   * @throws DomainError `temporal_unavailable`; the run's record stays and the reconcile sweep starts it later.
   */
  start(
    run: { readonly companyId: string; readonly runId: string },
    waitMs: number,
  ): Promise<{ readonly ended: boolean }>;
  /** Asks a running one to stop between two orders. @throws DomainError `temporal_unavailable` */
  cancel(run: { readonly companyId: string; readonly runId: string }): Promise<void>;
}
