import type { TimeTrace, TracedInvoiceLine } from '../../services/timesheets/trace';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { apiKey, company, type Everything, everything, invoice } from '../support/factories';

const database = testDatabase();
const api = testApi(database);
let world: Everything;
let invoiceId: string;

/** An entry whose time stands on an invoice that somebody paid a part of. */
beforeAll(async () => {
  world = await everything(await company(database));
  const { companyId } = world;
  const posted = await invoice(world, world.confirmedOrder, { status: 'posted' });
  invoiceId = posted.id;
  await database.prisma.slice.updateMany({
    where: { companyId, entryId: world.entryId },
    data: { fate: 'invoiced', invoiceLineId: posted.lineId },
  });
  const paid = {
    amountMinor: 5_000,
    paidAt: '2026-04-01T10:00:00Z',
    method: 'transfer',
    reference: 'BANK-1',
  };
  const finance = api.client(world.users.finance.token);
  expect((await finance.post(`/v1/invoices/${invoiceId}/payments`, paid)).status).toBe(201);
});

const addresses = () => [`/v1/timesheets/${world.entryId}/trace`, `/v1/tickets/${world.ticket.id}/trace`];

async function tracedLines(token: string): Promise<(TracedInvoiceLine | null | undefined)[]> {
  const answers = await Promise.all(addresses().map((path) => api.client(token).get<TimeTrace>(path)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  return answers.map(({ body }) => body.entries[0]?.slices[0]?.invoiceLine);
}

const keyOf = async (role: 'admin' | 'finance', scopes: Parameters<typeof apiKey>[1]) =>
  (await apiKey(world, { userId: world.users[role].id, ...scopes })).secret;

describe('a trace says what invoices say in money', () => {
  it.each([
    ['admin', () => world.users.admin.token],
    ['manager', () => world.users.manager.token],
    ['finance', () => world.users.finance.token],
    ['a key that reads invoices', () => keyOf('finance', { scopes: ['time:read', 'invoices:read'] })],
  ])('to %s', async (_who, token) => {
    for (const line of await tracedLines(await token())) {
      expect(line).toMatchObject({
        amountMinor: 12_000,
        invoice: { id: invoiceId, totalMinor: 12_000, paidMinor: 5_000, payments: [{ reference: 'BANK-1' }] },
      });
    }
  });

  it.each([
    ['an agent', () => world.users.agent.token],
    ['a key for time only, of an administrator', () => keyOf('admin', { scopes: ['time:read'] })],
  ])('not to %s, who may not read invoices', async (_who, token) => {
    for (const line of await tracedLines(await token())) {
      expect(line).toMatchObject({
        quantityMinutes: 60,
        amountMinor: null,
        invoice: { id: invoiceId, status: 'posted', totalMinor: null, paidMinor: null, payments: null },
      });
      expect(JSON.stringify(line)).not.toContain('BANK-1');
    }
  });
});
