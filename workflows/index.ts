// The bundle's entry: every workflow a worker knows, by its name in the Temporal UI.
export { invoiceRun } from './invoice-run/workflow';
export { reconcile } from './reconcile/workflow';
export { ticket } from './ticket/workflow';
