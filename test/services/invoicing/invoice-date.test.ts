import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type InvoiceView, invoiceResource } from '../../../services/invoicing/invoice';
import { readInvoiceDocument } from '../../../services/invoicing/invoice-document';
import { pdfOfInvoice } from '../../../services/invoicing/invoice-pdf';
import { postInvoice } from '../../../services/invoicing/post-invoice';
import { orderProfitability } from '../../../services/invoicing/profitability';
import { listPage, readOne } from '../../../services/listing';
import { testDatabase } from '../../support/database';
import {
  company,
  contextFor,
  invoice,
  saleOrder,
  type TestSaleOrder,
  type World,
} from '../../support/factories';
import { draftOf } from './ledger';

const database = testDatabase();
let world: World;
let order: TestSaleOrder;

beforeEach(async () => {
  world = await company(database);
  order = await saleOrder(world, { invoicing: 'prepaid', orderedMinutes: 60 });
});

const moveTo = (timezone: string) =>
  database.prisma.company.update({ where: { id: world.companyId }, data: { timezone } });
const read = (id: string) => readOne<InvoiceView>(contextFor(world), invoiceResource, id);

/** Half an hour into the year in Berlin, half an hour before its end in London. */
const newYear = '2026-12-31T23:30:00Z';

async function posted(): Promise<string> {
  const { id, invoiceDate } = await draftOf(world, order.id);
  expect(invoiceDate).toBeNull();
  const context = contextFor(world, { role: 'finance', now: () => new Date(newYear) });
  expect(await postInvoice(context, id, undefined)).toMatchObject({
    number: 'INV/2027/00001',
    invoiceDate: '2027-01-01',
  });
  return id;
}

it('finds what was invoiced in a month, and no draft', async () => {
  const id = await posted();
  const list = async (filters: Record<string, string>) =>
    (await listPage<InvoiceView>(contextFor(world), invoiceResource, { limit: 10, filters })).data.map(
      (found) => found.id,
    );
  await draftOf(world, (await saleOrder(world, { invoicing: 'prepaid', orderedMinutes: 60 })).id);
  expect(await list({ invoiceDateFrom: '2027-01-01', invoiceDateTo: '2027-01-31' })).toEqual([id]);
  expect(await list({ invoiceDateFrom: '2027-01-02' })).toEqual([]);
  expect(await list({ invoiceDateTo: '2026-12-31' })).toEqual([]);
});

it('stays when the company moves to another time zone: in the record, the document and the months', async () => {
  const id = await posted();
  const facts = async () => ({
    record: await read(id),
    document: hash('sha256', await pdfOfInvoice(await readInvoiceDocument(contextFor(world), id))),
    months: (await orderProfitability(contextFor(world), order.id)).byMonth.map(({ month }) => month),
  });
  const before = await facts();
  expect(before).toMatchObject({ record: { invoiceDate: '2027-01-01' }, months: ['2027-01'] });
  await moveTo('America/New_York');
  expect(await facts()).toEqual(before);
});

it('is final, like the number', async () => {
  const id = await posted();
  for (const value of [`'2026-12-31'`, 'NULL']) {
    await moveTo('America/New_York');
    await expect(
      database.pool.query(`UPDATE invoice SET invoice_date = ${value} WHERE id = $1`, [id]),
    ).rejects.toThrow('a posted invoice is final');
  }
});

it('is there when a process of the release before posts the invoice', async () => {
  const { id } = await draftOf(world, order.id);
  await database.pool.query(
    `UPDATE invoice SET status = 'posted', number = 'INV/2027/00001', posted_at = $2 WHERE id = $1`,
    [id, newYear],
  );
  expect(await read(id)).toMatchObject({ invoiceDate: '2027-01-01' });
});

describe('of invoices that were posted before it was stored', () => {
  const migration = (name: string): string =>
    readFileSync(join(__dirname, '../../../prisma/migrations', name, 'migration.sql'), 'utf8');
  const [guardOfBefore = ''] =
    /FUNCTION keep_posted_invoice\(\).*?END \$\$;/s.exec(migration('20261123090000_main_job')) ?? [];

  it.each([
    ['is that of the instant', 'Europe/Berlin', 'INV/2027/00001', '2027-01-01'],
    [
      'keeps to the year of the number, after a move to the west',
      'America/New_York',
      'INV/2027/00001',
      '2027-01-01',
    ],
    [
      'keeps to the year of the number, after a move to the east',
      'Europe/Berlin',
      'INV/2026/00001',
      '2026-12-31',
    ],
    ['is that of UTC in a zone that the database does not know', 'ECT', 'INV/2026/00001', '2026-12-31'],
  ])('%s', async (_what, timezone, number, date) => {
    const { id } = await invoice(world, order, { status: 'posted', number });
    await moveTo(timezone);
    await database.pool.query('UPDATE invoice SET posted_at = $2 WHERE id = $1', [id, newYear]);
    await database.pool.query(`DROP TRIGGER invoice_date_fill ON invoice; DROP FUNCTION date_posted_invoice();
      ALTER TABLE invoice DROP COLUMN invoice_date; CREATE OR REPLACE ${guardOfBefore}`);
    await database.pool.query(migration('20261129210100_invoice_date'));
    expect(await read(id)).toMatchObject({ invoiceDate: date });
  });
});
