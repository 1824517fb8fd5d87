import type { WorkflowHandle } from '@temporalio/client';
import type { InvoiceRunGateway } from '../../../api/gateway/invoice-run-gateway';
import { createInvoiceRunGateway } from '../../../api/gateway/temporal-invoice-run-gateway';
import { createInvoiceRun } from '../../../services/invoicing/create-invoice-run';
import { cancelInvoiceRun } from '../../../services/invoicing/finish-invoice-run';
import { invoiceFindings } from '../../../services/invoicing/invariants';
import { type InvoiceRunDetailView, invoiceRunDetailResource } from '../../../services/invoicing/invoice-run';
import { readOne } from '../../../services/listing';
import { invoiceRunWorkflowId } from '../../../workflows/invoice-run/ids';
import {
  cancelUpdate,
  type InvoiceRunStatus,
  progressQuery,
  retryUpdate,
} from '../../../workflows/invoice-run/messages';
import type { invoiceRun } from '../../../workflows/invoice-run/workflow';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { company, contextFor, saleOrder, type World } from '../../support/factories';
import { saveHistory } from '../../support/saved-history';
import { testTemporal } from '../../support/temporal';

const database = testDatabase();
const temporal = testTemporal(database);

jest.setTimeout(60_000);

afterEach(async () => {
  expect(await invoiceFindings(database.pool)).toEqual([]);
});

const gateway = (): InvoiceRunGateway =>
  createInvoiceRunGateway({ client: () => Promise.resolve(temporal.client), taskQueue: temporal.taskQueue });

const handleOf = (runId: string): WorkflowHandle<typeof invoiceRun> =>
  temporal.client.workflow.getHandle<typeof invoiceRun>(invoiceRunWorkflowId(runId));

async function run(
  world: World,
  draft: Partial<Parameters<typeof createInvoiceRun>[1]> = {},
): Promise<{ companyId: string; runId: string }> {
  const { id } = await createInvoiceRun(contextFor(world, { role: 'finance' }), { filter: {}, ...draft });
  return { companyId: world.companyId, runId: id };
}

async function prepaidOrders(world: World, count: number): Promise<string[]> {
  const orders: string[] = [];
  for (let index = 0; index < count; index++) {
    orders.push((await saleOrder(world, { invoicing: 'prepaid', orderedMinutes: 60 })).id);
  }
  return orders;
}

const recordOf = (world: World, runId: string): Promise<InvoiceRunDetailView> =>
  readOne<InvoiceRunDetailView>(contextFor(world), invoiceRunDetailResource, runId);

it('waits for a run that takes longer without asking Temporal over and over', async () => {
  const world = await company(database);
  await saleOrder(world, { invoicing: 'prepaid', orderedMinutes: 60 });
  const key = await run(world);
  const asked = jest.spyOn(temporal.client.workflowService, 'getWorkflowExecutionHistory');
  const nobodyWorks = createInvoiceRunGateway({
    client: () => Promise.resolve(temporal.client),
    taskQueue: 'nobody-works-on-it',
  });
  const startedMs = performance.now();
  expect(await nobodyWorks.start(key, 2_000)).toEqual({ ended: false });
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1_900);
  expect(asked.mock.calls.length).toBe(1);
  asked.mockRestore();
  await handleOf(key.runId).terminate();
});

it('invoices and posts every order, records refusals, and shows how far it is', async () => {
  const world = await company(database);
  const orders = await prepaidOrders(world, 12);
  const draft = await saleOrder(world, { status: 'draft' });
  const empty = await saleOrder(world);
  const key = await run(world, { filter: { saleOrderIds: [...orders, draft.id, empty.id] }, post: true });

  expect(await gateway().start(key, 20_000)).toEqual({ ended: true });
  await saveHistory('invoice-run', handleOf(key.runId));

  const record = await recordOf(world, key.runId);
  expect(record).toMatchObject({
    status: 'completed',
    progress: { total: 14, pending: 0, invoiced: 12, nothingToInvoice: 1, refused: 1, cancelled: 0 },
  });
  expect(record.orders.find((order) => order.saleOrderId === draft.id)).toMatchObject({
    status: 'refused',
    problem: { code: 'order_not_confirmed' },
  });
  const numbers = await database.prisma.invoice.findMany({
    where: { companyId: world.companyId },
    orderBy: { number: 'asc' },
  });
  expect(numbers.map((invoice) => Number(invoice.number?.split('/')[2]))).toEqual(
    Array.from({ length: 12 }, (_, index) => index + 1),
  );
  expect(await handleOf(key.runId).query(progressQuery)).toMatchObject({ state: 'ended', invoiced: 12 });
});

it('shows an operator what it is in the Temporal UI, with ids and counts only', async () => {
  const world = await company(database);
  await prepaidOrders(world, 2);
  const key = await run(world);
  await gateway().start(key, 20_000);
  const description = await handleOf(key.runId).describe();
  expect(description.typedSearchAttributes.getAll()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        key: expect.objectContaining({ name: 'CompanyId' }),
        value: world.companyId,
      }),
      expect.objectContaining({ key: expect.objectContaining({ name: 'NeedsOperator' }), value: false }),
    ]),
  );
  const history = await handleOf(key.runId).fetchHistory();
  const summaries = (history.events ?? []).flatMap((event) => {
    const data = event.userMetadata?.summary?.data;
    return data === null || data === undefined ? [] : [Buffer.from(data).toString()];
  });
  expect(summaries).toEqual(expect.arrayContaining([expect.stringMatching(/^"invoice sor_/)]));
});

it('is the same run when it is started twice, also after it has ended', async () => {
  const world = await company(database);
  await prepaidOrders(world, 3);
  const key = await run(world);
  await Promise.all([gateway().start(key, 20_000), gateway().start(key, 20_000)]);
  expect(await gateway().start(key, 20_000)).toEqual({ ended: true });
  expect(await database.prisma.invoice.count({ where: { companyId: world.companyId } })).toBe(3);
});

it('goes on where it stood when the worker dies and when the workflow is terminated and started anew', async () => {
  const world = await company(database);
  const orders = await prepaidOrders(world, 4);
  const key = await run(world);
  await withHeldOrder(orders[0] ?? '', async () => {
    await gateway().start(key, 0);
    await eventually(
      'the run getting there',
      async () => (await handleOf(key.runId).query(progressQuery)).invoiced === 3,
    );
    await handleOf(key.runId).terminate('lost');
  });
  await temporal.stopWorker();
  await temporal.startWorker();
  // As the reconcile sweep starts a stale run.
  const again = await temporal.client.workflow.start<typeof invoiceRun>('invoiceRun', {
    workflowId: invoiceRunWorkflowId(key.runId),
    taskQueue: temporal.taskQueue,
    args: [{ v: 1, ...key }],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  expect(await again.result()).toMatchObject({ state: 'ended', total: 4, invoiced: 4, pending: 0 });
  expect(await database.prisma.invoice.count({ where: { companyId: world.companyId } })).toBe(4);
});

it('stops between two orders when it is cancelled by an update, and refuses that once it has ended', async () => {
  const world = await company(database);
  const orders = (await prepaidOrders(world, 30)).toSorted();
  const key = await run(world);
  let answered: InvoiceRunStatus | undefined;
  await withHeldOrders(orders.slice(0, 8), async () => {
    await gateway().start(key, 0);
    await eventually(
      'the run getting there',
      async () => (await handleOf(key.runId).query(progressQuery)).state === 'working',
    );
    answered = await handleOf(key.runId).executeUpdate(cancelUpdate, { args: [{ reason: 'wrong month' }] });
  });
  expect(answered).toMatchObject({ state: 'cancelling' });
  await handleOf(key.runId).result();
  const { status, progress } = await recordOf(world, key.runId);
  expect(status).toBe('cancelled');
  expect(progress.invoiced).toBeLessThanOrEqual(8);
  expect(progress.cancelled).toBe(30 - progress.invoiced);
  await expect(handleOf(key.runId).executeUpdate(cancelUpdate, { args: [{}] })).rejects.toMatchObject({
    name: 'WorkflowNotFoundError',
  });
});

it('ends by itself when its record was cancelled, told or not', async () => {
  const world = await company(database);
  const orders = (await prepaidOrders(world, 12)).toSorted();
  const key = await run(world);
  await withHeldOrders(orders.slice(0, 2), async () => {
    await gateway().start(key, 0);
    await eventually(
      'the run getting there',
      async () => (await handleOf(key.runId).query(progressQuery)).invoiced === 10,
    );
  });
  const other = await run(world, { filter: { saleOrderIds: orders } });
  await cancelInvoiceRun(contextFor(world), other.runId);
  await gateway().cancel(other);
  expect(await gateway().start(other, 20_000)).toEqual({ ended: true });
  expect(await handleOf(other.runId).query(progressQuery)).toMatchObject({ state: 'ended', cancelled: 12 });
  await handleOf(key.runId).result();
});

it('waits for an operator when an order fails for good, and takes it up again', async () => {
  const world = await company(database);
  const orders = await prepaidOrders(world, 3);
  const key = await run(world);
  await breakInvoicesOf(orders[1] ?? '');
  await gateway().start(key, 0);
  await eventually(
    'the run getting there',
    async () => (await handleOf(key.runId).query(progressQuery)).state === 'needs_operator',
  );
  expect(await handleOf(key.runId).query(progressQuery)).toMatchObject({
    invoiced: 2,
    failed: 1,
    pending: 1,
  });
  await mendInvoices();
  await handleOf(key.runId).executeUpdate(retryUpdate, { args: [{ reason: 'mended' }] });
  expect(await handleOf(key.runId).result()).toMatchObject({ state: 'ended', invoiced: 3, failed: 0 });
});

it.each([
  ['', 2],
  [' and though it goes on as another run meanwhile', 205],
])('takes up again what failed, though it was told so while it still worked%s', async (_also, count) => {
  const world = await company(database);
  const orders = count === 2 ? await prepaidOrders(world, 2) : await manyOrders(world, count);
  const [broken = '', held = ''] = orders.toSorted();
  const key = await run(world, { filter: { saleOrderIds: orders } });
  const progress = () => handleOf(key.runId).query(progressQuery);
  await breakInvoicesOf(broken);
  await withHeldOrder(held, async () => {
    await gateway().start(key, 0);
    await eventually('an order that failed', async () => (await progress()).failed === 1);
    await mendInvoices();
    await handleOf(key.runId).executeUpdate(retryUpdate, { args: [{ reason: 'mended' }] });
  });
  await eventually('the end', async () => (await progress()).state === 'ended', 30_000);
  expect(await progress()).toMatchObject({ invoiced: count, failed: 0 });
  if (count === 2) await saveHistory('invoice-run-retried', handleOf(key.runId));
});

it('continues as new after each page of 200', async () => {
  const world = await company(database);
  const orders = await manyOrders(world, 205);
  const key = await run(world, { filter: { saleOrderIds: orders } });
  expect(await gateway().start(key, 50_000)).toEqual({ ended: true });
  expect((await recordOf(world, key.runId)).progress).toMatchObject({ total: 205, invoiced: 205 });
  const runs: string[] = [];
  const query = `WorkflowId = '${invoiceRunWorkflowId(key.runId)}'`;
  await eventually('the run getting there', async () => {
    runs.length = 0;
    for await (const { runId } of temporal.client.workflow.list({ query })) runs.push(runId);
    return runs.length === 2;
  });
  expect(runs).toHaveLength(2);
});

/** Makes the database refuse the order's invoice in a way that no retry mends. */
async function breakInvoicesOf(saleOrderId: string): Promise<void> {
  await database.pool.query(
    `CREATE FUNCTION refuse_invoice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF NEW.sale_order_id = '${saleOrderId}' THEN RAISE EXCEPTION 'no' USING ERRCODE = 'unique_violation'; END IF;
       RETURN NEW; END $$;
     CREATE TRIGGER refuse_invoice BEFORE INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION refuse_invoice()`,
  );
}

async function mendInvoices(): Promise<void> {
  await database.pool.query('DROP TRIGGER refuse_invoice ON invoice; DROP FUNCTION refuse_invoice()');
}

/** Copies of one order, in one statement. */
async function manyOrders(world: World, count: number): Promise<string[]> {
  const model = await saleOrder(world, { invoicing: 'prepaid', orderedMinutes: 60 });
  const id = (prefix: string): string => `'${prefix}_' || lpad(n::text, 26, '0')`;
  await database.pool.query(
    `INSERT INTO sale_order (company_id, id, number, contact_id, currency, status, confirmed_at)
     SELECT company_id, ${id('sor')}, number + n, contact_id, currency, status, confirmed_at
     FROM sale_order, generate_series(1, ${count - 1}) n WHERE id = $1`,
    [model.id],
  );
  await database.pool.query(
    `INSERT INTO sale_order_line (company_id, id, order_id, product_id, position, description, invoicing, unit,
       ordered_minutes, unit_price_minor)
     SELECT company_id, ${id('sol')}, ${id('sor')}, product_id, 1, description, invoicing, unit, ordered_minutes,
       unit_price_minor FROM sale_order_line, generate_series(1, ${count - 1}) n WHERE id = $1`,
    [model.lineId],
  );
  const orders = await database.prisma.saleOrder.findMany({ where: { companyId: world.companyId } });
  return orders.map((order) => order.id);
}

const withHeldOrder = (id: string, work: () => Promise<void>): Promise<void> => withHeldOrders([id], work);

/** Runs `work` while these orders are locked by somebody else, so that their invoices wait. */
async function withHeldOrders(ids: readonly string[], work: () => Promise<void>): Promise<void> {
  const holder = await database.pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM sale_order WHERE id = ANY($1) FOR UPDATE', [ids]);
    await work();
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
}
