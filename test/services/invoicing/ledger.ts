import { createInvoiceRun, type InvoiceRunDraft } from '../../../services/invoicing/create-invoice-run';
import { draftInvoice } from '../../../services/invoicing/draft-invoice';
import { type InvoiceView, invoiceResource } from '../../../services/invoicing/invoice';
import { readOne } from '../../../services/listing';
import type { TestDatabase } from '../../support/database';
import {
  company,
  contextFor,
  employee,
  saleOrder,
  type TestSaleOrder,
  type TestTicket,
  team,
  ticket,
  timesheetEntry,
  type World,
} from '../../support/factories';

/** A company with a ticket on an order of support hours at 120.00 EUR, to log time on and to invoice. */
export interface Ledger {
  readonly world: World;
  readonly order: TestSaleOrder;
  readonly ticket: TestTicket;
  /** Logs hours that the ledger has applied; the entry's id. */
  log(hours: number, date: string): Promise<string>;
  /** Runs the order's invoice as the workflow's activity does. */
  draft(period?: Pick<InvoiceRunDraft, 'from' | 'to'>): Promise<InvoiceView>;
}

export async function ledger(
  database: TestDatabase,
  options: Parameters<typeof saleOrder>[1] = {},
): Promise<Ledger> {
  const world = await company(database);
  const order = await saleOrder(world, options);
  const ownTeam = await team(world);
  const employeeId = await employee(world);
  const ownTicket = await ticket(world, ownTeam, {
    contactId: order.contactId,
    saleOrderLineId: order.lineId,
  });
  return {
    world,
    order,
    ticket: ownTicket,
    log: (hours, date) =>
      timesheetEntry(
        world,
        { ticketId: ownTicket.id, projectId: ownTeam.projectId ?? '', employeeId },
        { minutes: hours * 60, date, saleOrderLineId: order.lineId, applied: true },
      ),
    draft: (period = {}) => draftOf(world, order.id, period),
  };
}

/** The draft of an order, made by a run of its own. */
export async function draftOf(
  world: World,
  saleOrderId: string,
  period: Pick<InvoiceRunDraft, 'from' | 'to'> = {},
): Promise<InvoiceView> {
  const context = contextFor(world, { role: 'finance' });
  const run = await createInvoiceRun(context, { filter: { saleOrderIds: [saleOrderId] }, ...period });
  const { invoiceId, problemCode } = await draftInvoice(context, { runId: run.id, saleOrderId });
  if (invoiceId === null) throw new Error(`there is no draft: ${problemCode}`);
  return readOne<InvoiceView>(context, invoiceResource, invoiceId);
}
