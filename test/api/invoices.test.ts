import type { InvoiceView } from '../../services/invoicing/invoice';
import type { InvoiceRunDetailView } from '../../services/invoicing/invoice-run';
import type { InvoicePreview } from '../../services/invoicing/preview-invoice';
import type { RecordedPayment } from '../../services/invoicing/record-payment';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, contact, everything, invoice, saleOrder, type World } from '../support/factories';
import { testTemporal } from '../support/temporal';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);

const as = (world: World, role: keyof World['users'] = 'finance') => api.client(world.users[role].token);

interface Problem {
  readonly code: string;
}

const prepaid = { invoicing: 'prepaid', orderedMinutes: 60 } as const;

describe('an invoice of one order', () => {
  it('goes from unbilled time through draft and number to paid', async () => {
    const world = await everything(await company(database));
    const finance = as(world);
    const own = await everything(await company(database));
    const address = `/v1/sale-orders/${own.confirmedOrder.id}/invoices`;
    const client = as(own);
    // The factory's own invoices hold no slices; only the logged hour is unbilled.
    const preview = await client.post<InvoicePreview>(address, { preview: true });
    expect([preview.status, preview.body.totalMinor]).toEqual([200, 12_000]);
    expect((await finance.post<Problem>(address, {})).status).toBe(404);

    const drafted = await client.post<InvoiceView>(address, { from: '2026-03-01', to: '2026-03-31' });
    expect(drafted.status).toBe(201);
    expect(drafted.headers.get('location')).toBe(`/v1/invoices/${drafted.body.id}`);
    expect(drafted.body).toMatchObject({ status: 'draft', totalMinor: 12_000, from: '2026-03-01' });
    expect((await client.post<Problem>(address, {})).body.code).toBe('nothing_to_invoice');

    const invoiceAddress = `/v1/invoices/${drafted.body.id}`;
    const posted = await client.post<InvoiceView>(`${invoiceAddress}/post`);
    expect(posted.body.number).toMatch(/^INV\/\d{4}\/00001$/);
    const payment = {
      amountMinor: 12_000,
      paidAt: '2026-04-01T12:00:00+02:00',
      method: 'bank_transfer',
      reference: 'Statement 7',
    };
    const paid = await client.post<RecordedPayment>(`${invoiceAddress}/payments`, payment);
    expect([paid.status, paid.body.invoiceStatus]).toEqual([201, 'paid']);
    const read = await client.get<InvoiceView>(invoiceAddress);
    expect(read.body).toMatchObject({ status: 'paid', openMinor: 0, paidAt: '2026-04-01T10:00:00.000Z' });
    expect((await client.get(`${invoiceAddress}/trace`)).status).toBe(200);
    const refused = await client.post<Problem>(`${invoiceAddress}/payments`, { ...payment, reference: 'x' });
    expect(refused.body.code).toBe('payment_too_high');
  });

  it('is the same for the same Idempotency-Key, also at once', async () => {
    const world = await company(database);
    const order = await saleOrder(world, prepaid);
    const headers = { 'Idempotency-Key': 'invoice-1' };
    const ask = () => as(world).post<InvoiceView>(`/v1/sale-orders/${order.id}/invoices`, {}, { headers });
    const answers = [...(await Promise.all([ask(), ask()])), await ask()];
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(await database.prisma.invoice.count({ where: { companyId: world.companyId } })).toBe(1);
  });

  it('is refused for a draft order and for a period the wrong way round', async () => {
    const world = await company(database);
    const order = await saleOrder(world, { ...prepaid, status: 'draft' });
    const address = `/v1/sale-orders/${order.id}/invoices`;
    for (const body of [{}, { preview: true }]) {
      expect((await as(world).post<Problem>(address, body)).body.code).toBe('order_not_confirmed');
    }
    const turned = await as(world).post<Problem>(address, { from: '2026-02-01', to: '2026-01-01' });
    expect(turned.status).toBe(422);
    expect(await database.prisma.invoiceRun.count({ where: { companyId: world.companyId } })).toBe(0);
  });

  it('answers 202 with the run when no worker is there, and is made once one comes back', async () => {
    const world = await company(database);
    const order = await saleOrder(world, prepaid);
    await temporal.stopWorker();
    const answer = await as(world).post<InvoiceRunDetailView>(`/v1/sale-orders/${order.id}/invoices`, {});
    await temporal.startWorker();
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/invoice-runs/${answer.body.id}`);
    await temporal.client.workflow.getHandle(`invoice-run-${answer.body.id}`).result();
    const run = await as(world).get<InvoiceRunDetailView>(`/v1/invoice-runs/${answer.body.id}`);
    expect(run.body).toMatchObject({ status: 'completed', orders: [{ status: 'invoiced' }] });
  });
});

describe('a draft', () => {
  it('is lowered under If-Match and deleted', async () => {
    const world = await company(database);
    const order = await saleOrder(world, prepaid);
    const drafted = await as(world).post<InvoiceView>(`/v1/sale-orders/${order.id}/invoices`, {});
    const address = `/v1/invoices/${drafted.body.id}`;
    const lines = [{ lineId: drafted.body.lines[0]?.id, quantityMinutes: 45 }];
    const lowered = await as(world).patch<InvoiceView>(
      address,
      { lines },
      { headers: { 'If-Match': '"v1"' } },
    );
    expect(lowered.body).toMatchObject({ totalMinor: 9_000, version: 2 });
    const stale = await as(world).delete<Problem>(address, { headers: { 'If-Match': '"v1"' } });
    expect(stale.status).toBe(412);
    const deleted = await as(world).delete(address);
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect((await as(world).get(address)).status).toBe(404);
  });
});

describe('the PDF', () => {
  it('is a document that is the same for the same data, whatever letters are in it', async () => {
    const world = await company(database);
    const contactId = await contact(world, { name: 'Łukasz Ærøskøbing Ελένη Пётр' });
    const order = await saleOrder(world, { ...prepaid, contactId });
    const { id } = await invoice(world, order, { status: 'posted', number: 'INV/2026/00042' });
    const read = async (): Promise<{ headers: Headers; bytes: Buffer }> => {
      const response = await fetch(`${api.url}/v1/invoices/${id}/pdf`, {
        headers: { Authorization: `Bearer ${world.users.finance.token}` },
      });
      return { headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
    };
    const [first, second] = [await read(), await read()];
    expect(first.headers.get('content-type')).toBe('application/pdf');
    expect(first.headers.get('content-disposition')).toBe('inline; filename="INV-2026-00042.pdf"');
    expect(first.bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(first.bytes.subarray(-6).toString().trim()).toBe('%%EOF');
    expect(second.bytes.equals(first.bytes)).toBe(true);
    await as(world).post(`/v1/invoices/${id}/payments`, {
      amountMinor: 100,
      paidAt: '2026-04-01T00:00:00Z',
      method: 'card',
      reference: 'r',
    });
    expect((await read()).bytes.equals(first.bytes)).toBe(false);
  });
});

describe('runs', () => {
  it('invoices and posts every order of a customer, and lists them', async () => {
    const world = await company(database);
    const contactId = await contact(world);
    for (let index = 0; index < 3; index++) await saleOrder(world, { ...prepaid, contactId });
    await saleOrder(world, prepaid);
    const created = await as(world).post<InvoiceRunDetailView>('/v1/invoice-runs', {
      filter: { contactId },
      post: true,
    });
    expect([created.status, created.body.status, created.body.progress.total]).toEqual([202, 'pending', 3]);
    await temporal.client.workflow.getHandle(`invoice-run-${created.body.id}`).result();
    const address = `/v1/invoice-runs/${created.body.id}`;
    const run = await as(world).get<InvoiceRunDetailView>(address);
    expect(run.body).toMatchObject({ status: 'completed', progress: { invoiced: 3, pending: 0 } });
    const page = await as(world).get<{ data: unknown[]; nextCursor: string }>(`${address}/orders?limit=2`);
    expect(page.body.data).toHaveLength(2);
    const rest = await as(world).get<{ data: unknown[] }>(
      `${address}/orders?limit=2&cursor=${page.body.nextCursor}`,
    );
    expect(rest.body.data).toHaveLength(1);
    const posted = await as(world).get<{ data: InvoiceView[] }>('/v1/invoices?status=posted');
    expect(posted.body.data.map((one) => one.number?.slice(-5)).toSorted()).toEqual([
      '00001',
      '00002',
      '00003',
    ]);
    const cancelled = await as(world).post<Problem>(`${address}/cancel`);
    expect([cancelled.status, cancelled.body.code]).toEqual([409, 'run_not_cancellable']);
  });

  it('is cancelled while it waits for a worker, and stays so when one comes back', async () => {
    const world = await company(database);
    await saleOrder(world, prepaid);
    await temporal.stopWorker();
    const created = await as(world).post<InvoiceRunDetailView>('/v1/invoice-runs', { filter: {} });
    const cancelled = await as(world).post<InvoiceRunDetailView>(
      `/v1/invoice-runs/${created.body.id}/cancel`,
    );
    await temporal.startWorker();
    expect(cancelled.body).toMatchObject({ status: 'cancelled', progress: { cancelled: 1 } });
    await temporal.client.workflow.getHandle(`invoice-run-${created.body.id}`).result();
    expect(await database.prisma.invoice.count({ where: { companyId: world.companyId } })).toBe(0);
  });

  it('is for administrators and finance', async () => {
    const world = await company(database);
    for (const role of ['manager', 'agent'] as const) {
      expect((await as(world, role).post('/v1/invoice-runs', { filter: {} })).status).toBe(403);
      expect((await as(world, role).get('/v1/invoice-runs')).status).toBe(403);
    }
  });
});
