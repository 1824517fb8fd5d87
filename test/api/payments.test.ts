import { postInvoice } from '../../services/invoicing/post-invoice';
import type { RecordedPayment } from '../../services/invoicing/record-payment';
import { draftOf } from '../services/invoicing/ledger';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, contextFor, invoice, saleOrder, type World } from '../support/factories';

const database = testDatabase();
const api = testApi(database);

const as = (world: World) => api.client(world.users.finance.token);

describe('a payment', () => {
  it.each(['0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-12:00'])(
    'is refused at %s, which no answer could show',
    async (paidAt) => {
      const world = await company(database);
      const { id } = await invoice(world, await saleOrder(world), { status: 'posted' });
      const payment = { amountMinor: 1, paidAt, method: 'card', reference: 'r' };
      const refused = await as(world).post<{ code: string }>(`/v1/invoices/${id}/payments`, payment);
      expect([refused.status, refused.body.code]).toEqual([422, 'validation_failed']);
    },
  );

  it('pays at once whatever an invoice may come to', async () => {
    const world = await company(database);
    const hours = { invoicing: 'prepaid', orderedMinutes: 60_000, unitPriceMinor: 10_000_000_000 } as const;
    const drafted = await draftOf(world, (await saleOrder(world, hours)).id);
    await postInvoice(contextFor(world), drafted.id, undefined);
    const paid = await as(world).post<RecordedPayment>(`/v1/invoices/${drafted.id}/payments`, {
      amountMinor: drafted.totalMinor,
      paidAt: '2026-04-01T12:00:00Z',
      method: 'bank_transfer',
      reference: 'Statement 8',
    });
    expect([drafted.totalMinor, paid.status, paid.body.invoiceStatus]).toEqual([
      10_000_000_000_000,
      201,
      'paid',
    ]);
  });
});
