import { join } from 'node:path';
import type { InvoiceDocument } from '../../../services/invoicing/invoice-document';
import type { PdfThread } from '../../../services/invoicing/pdf-thread';
import { root } from '../../support/processes';

/** Compiled, as the API runs it: a thread cannot be started from TypeScript. */
const { openPdfThread } = require(join(root, 'dist', 'services', 'invoicing', 'pdf-thread.js')) as {
  openPdfThread(): PdfThread;
};

const document: InvoiceDocument = {
  invoice: {
    id: 'inv_1',
    status: 'draft',
    number: null,
    currency: 'EUR',
    lines: [],
    payments: [],
    from: null,
    to: null,
    invoiceDate: null,
    postedAt: null,
    createdAt: '2026-11-29T00:00:00.000Z',
    updatedAt: '2026-11-29T00:00:00.000Z',
    totalMinor: 0,
    paidMinor: 0,
  } as unknown as InvoiceDocument['invoice'],
  saleOrderNumber: 1,
  companyName: 'Northwind Support',
  companyTimezone: 'Europe/Berlin',
  customerName: 'Mara Lind',
  customerOrganisation: null,
  customerEmail: null,
};

const begin = (pdf: Buffer): string => pdf.toString('latin1', 0, 5);

const threads: PdfThread[] = [];
afterEach(() => Promise.all(threads.map((thread) => thread.close())));

function open(): PdfThread {
  const thread = openPdfThread();
  threads.push(thread);
  return thread;
}

test('many invoices at once each have their document, and what cannot be made fails alone', async () => {
  const thread = open();
  const bad = { ...document, companyName: null } as unknown as InvoiceDocument;
  const made = await Promise.allSettled([document, bad, document].map((each) => thread.pdfOfInvoice(each)));
  expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(made.flatMap((each) => (each.status === 'fulfilled' ? [begin(each.value)] : []))).toEqual([
    '%PDF-',
    '%PDF-',
  ]);
});

test('a thread that ends fails what waits for it, and the next invoice has another one', async () => {
  const thread = open();
  const [waiting] = await Promise.allSettled([thread.pdfOfInvoice(document), thread.close()]);
  expect(waiting).toEqual({ status: 'rejected', reason: new Error('the thread that makes PDFs has ended') });
  expect(begin(await thread.pdfOfInvoice(document))).toBe('%PDF-');
});
