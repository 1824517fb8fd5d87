import type { SaleOrderView } from '../../services/sales/sale-order';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, contact, everything, invoice, product, saleOrder, type World } from '../support/factories';

const database = testDatabase();
const api = testApi(database);

const as = (world: World, role: keyof World['users'] = 'finance') => api.client(world.users[role].token);

interface Problem {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

const fieldsOf = (body: Problem): string[][] =>
  (body.errors ?? []).map(({ pointer, code }) => [pointer, code]);

describe('products', () => {
  it('refuses goods that are not sold by the piece, also by a later change', async () => {
    const world = await company(database);
    const goods = {
      name: 'Mouse',
      kind: 'goods',
      invoicing: 'prepaid',
      unitPriceMinor: 1_900,
      currency: 'EUR',
    };
    const refused = await as(world).post<Problem>('/v1/products', { ...goods, unit: 'hour' });
    expect([refused.status, fieldsOf(refused.body)]).toEqual([422, [['/unit', 'not_allowed']]]);
    const created = await as(world).post<{ id: string }>('/v1/products', { ...goods, unit: 'piece' });
    expect(created.status).toBe(201);
    const changed = await as(world).patch<Problem>(`/v1/products/${created.body.id}`, { unit: 'day' });
    expect(changed.status).toBe(422);
  });

  it('leaves agreed orders as they are when its price changes', async () => {
    const world = await company(database);
    const order = await saleOrder(world);
    await as(world).patch(`/v1/products/${order.productId}`, { unitPriceMinor: 1, name: 'Cheap' });
    const read = await as(world).get<SaleOrderView>(`/v1/sale-orders/${order.id}`);
    expect(read.body.lines[0]).toMatchObject({ unitPriceMinor: 12_000, description: 'Support hours' });
  });

  it('is read by agents and written by those who sell', async () => {
    const world = await company(database);
    expect((await as(world, 'agent').get('/v1/products')).status).toBe(200);
    expect((await as(world, 'agent').post('/v1/products', {})).status).toBe(403);
  });
});

describe('creating an order', () => {
  it('takes price and description of the product unless given, and numbers orders', async () => {
    const world = await company(database);
    const contactId = await contact(world);
    const time = await product(world);
    const pack = await product(world, { invoicing: 'prepaid', unit: 'day', unitPriceMinor: 80_000 });
    const piece = await product(world, { kind: 'goods', unit: 'piece', unitPriceMinor: 1_900 });
    const create = () =>
      as(world).post<SaleOrderView>('/v1/sale-orders', {
        contactId,
        currency: 'EUR',
        lines: [
          { productId: time },
          { productId: pack, quantityMinutes: 960, unitPriceMinor: 70_000, description: 'Two days' },
          { productId: piece, quantity: 3 },
        ],
      });
    const { status, body } = await create();
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'draft', confirmedAt: null, version: 1 });
    expect(body.lines).toEqual([
      expect.objectContaining({ position: 1, orderedMinutes: null, quantity: null, unitPriceMinor: 12_000 }),
      expect.objectContaining({
        description: 'Two days',
        orderedMinutes: 960,
        remainingMinutes: 960,
        unit: 'day',
      }),
      expect.objectContaining({ quantity: 3, invoicedQuantity: 0, remainingMinutes: null }),
    ]);
    expect((await create()).body.number).toBe(body.number + 1);
  });

  it('names every bad line with what is wrong', async () => {
    const world = await company(database);
    const contactId = await contact(world);
    const foreign = await product(await company(database));
    const prepaid = await product(world, { invoicing: 'prepaid' });
    const piece = await product(world, { kind: 'goods', unit: 'piece' });
    const old = await product(world);
    await database.prisma.product.updateMany({ where: { id: old }, data: { active: false } });
    const dear = await product(world, { invoicing: 'prepaid', unitPriceMinor: 10_000_000_000 });
    const refused = await as(world).post<Problem>('/v1/sale-orders', {
      contactId,
      currency: 'EUR',
      lines: [
        { productId: foreign },
        { productId: prepaid },
        { productId: prepaid, quantity: 1 },
        { productId: piece },
        { productId: piece, quantityMinutes: 60 },
        { productId: old },
        { productId: dear, quantityMinutes: 10_000_000 },
      ],
    });
    expect(refused.status).toBe(422);
    expect(fieldsOf(refused.body)).toEqual([
      ['/lines/0/productId', 'unknown_reference'],
      ['/lines/1/quantityMinutes', 'missing'],
      ['/lines/2/quantity', 'not_allowed'],
      ['/lines/3/quantity', 'missing'],
      ['/lines/4/quantityMinutes', 'not_allowed'],
      ['/lines/5/productId', 'not_allowed'],
      ['/lines/6/quantityMinutes', 'too_high'],
    ]);
    expect(await database.prisma.saleOrder.count({ where: { companyId: world.companyId } })).toBe(0);
  });

  it('refuses other currencies and unknown or foreign customers', async () => {
    const world = await company(database);
    const contactId = await contact(world);
    const lines = [{ productId: await product(world) }];
    const other = await as(world).post<Problem>('/v1/sale-orders', { contactId, currency: 'CHF', lines });
    expect([other.status, other.body.code, fieldsOf(other.body)]).toEqual([
      422,
      'currency_mismatch',
      [['/lines/0/productId', 'currency_mismatch']],
    ]);
    const foreign = await contact(await company(database));
    const refused = await as(world).post<Problem>('/v1/sale-orders', {
      contactId: foreign,
      currency: 'EUR',
      lines,
    });
    expect(fieldsOf(refused.body)).toEqual([['/contactId', 'unknown_reference']]);
  });

  it('makes one order for one Idempotency-Key', async () => {
    const world = await company(database);
    const body = {
      contactId: await contact(world),
      currency: 'EUR',
      lines: [{ productId: await product(world) }],
    };
    const headers = { 'Idempotency-Key': 'order-1' };
    const answers = await Promise.all([
      as(world).post<SaleOrderView>('/v1/sale-orders', body, { headers }),
      as(world).post<SaleOrderView>('/v1/sale-orders', body, { headers }),
    ]);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(await database.prisma.saleOrder.count({ where: { companyId: world.companyId } })).toBe(1);
  });
});

describe('an order from draft on', () => {
  it('is changed as a draft, guarded, and not after it was confirmed', async () => {
    const world = await company(database);
    const order = await saleOrder(world, { status: 'draft' });
    const address = `/v1/sale-orders/${order.id}`;
    const lines = [{ productId: order.productId, quantityMinutes: 120 }];
    const changed = await as(world).patch<SaleOrderView>(
      address,
      { lines },
      { headers: { 'If-Match': '"v1"' } },
    );
    expect(changed.body).toMatchObject({ version: 2, lines: [{ orderedMinutes: 120, position: 1 }] });
    const late = await as(world).patch<Problem>(address, { lines }, { headers: { 'If-Match': '"v1"' } });
    expect(late.status).toBe(412);
    const alone = await as(world).patch<Problem>(address, { currency: 'USD' });
    expect([alone.status, fieldsOf(alone.body)]).toEqual([422, [['/currency', 'currency_mismatch']]]);
    const confirmed = await as(world).post<SaleOrderView>(`${address}/confirm`);
    expect(confirmed.body).toMatchObject({ status: 'confirmed', confirmedAt: expect.any(String) });
    for (const refused of [
      await as(world).post<Problem>(`${address}/confirm`),
      await as(world).patch<Problem>(address, { lines }),
    ]) {
      expect([refused.status, refused.body.code]).toEqual([409, 'order_not_draft']);
    }
  });

  it('is cancelled while nothing stands on it', async () => {
    const world = await everything(await company(database));
    const cancel = (id: string) => as(world).post<Problem>(`/v1/sale-orders/${id}/cancel`);
    expect((await cancel(world.confirmedOrder.id)).body.code).toBe('order_has_deliveries');
    const invoiced = await saleOrder(world);
    const { id } = await invoice(world, invoiced);
    expect((await cancel(invoiced.id)).body).toMatchObject({
      code: 'order_has_deliveries',
      detail: expect.stringContaining('delete it before the order is cancelled'),
    });
    expect((await as(world).delete(`/v1/invoices/${id}`)).status).toBe(204);
    expect((await cancel(invoiced.id)).body).toMatchObject({ status: 'cancelled' });
    const untouched = await saleOrder(world);
    expect((await cancel(untouched.id)).body).toMatchObject({ status: 'cancelled' });
    expect((await cancel(untouched.id)).status).toBe(409);
  });

  it('shows how far its lines are delivered and invoiced', async () => {
    const world = await company(database);
    const order = await saleOrder(world, { invoicing: 'prepaid', orderedMinutes: 60 });
    await database.prisma.saleOrderLine.updateMany({
      where: { id: order.lineId },
      data: { deliveredMinutes: 90 },
    });
    await invoice(world, order, { minutes: 20 });
    await invoice(world, order, { minutes: 30, status: 'posted' });
    const { body } = await as(world).get<SaleOrderView>(`/v1/sale-orders/${order.id}`);
    expect(body.lines[0]).toMatchObject({ deliveredMinutes: 90, invoicedMinutes: 30, remainingMinutes: -30 });
  });

  it('is listed by customer and state', async () => {
    const world = await company(database);
    const order = await saleOrder(world);
    await saleOrder(world, { status: 'draft' });
    const query = `contactId=${order.contactId}&status=confirmed,cancelled&sort=-number`;
    const { body } = await as(world).get<{ data: SaleOrderView[] }>(`/v1/sale-orders?${query}`);
    expect(body.data.map((one) => one.id)).toEqual([order.id]);
  });

  it('shows costs to those who answer for it, not to agents', async () => {
    const world = await company(database);
    const order = await saleOrder(world);
    for (const what of ['profitability', 'trace']) {
      expect((await as(world, 'manager').get(`/v1/sale-orders/${order.id}/${what}`)).status).toBe(200);
      expect((await as(world, 'agent').get(`/v1/sale-orders/${order.id}/${what}`)).status).toBe(403);
    }
  });
});
