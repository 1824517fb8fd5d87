import PDFDocument from 'pdfkit';
import { moneyText } from '../../domain/billing/currencies';
import type { InvoiceDocument } from './invoice-document';
import { dateText, quantityText } from './pdf-text';

/** Fonts with Latin, Greek, Cyrillic and more; PDF's own fonts know Western European letters only. */
const fonts = {
  regular: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  bold: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
};

const page = { left: 56, right: 539, bottom: 770 };
const columns = { text: 56, quantity: 246, price: 312, amount: 418 };
const widths = { text: 184, quantity: 60, price: 100, amount: 121 };

type Pdf = InstanceType<typeof PDFDocument>;

/**
 * The invoice as a PDF (spec.md §9): who, to whom, number, lines, totals and payments. The same data give the same
 * bytes: its dates are the invoice's own.
 */
export async function pdfOfInvoice(document: InvoiceDocument): Promise<Buffer> {
  const { invoice } = document;
  const title = invoice.number ?? 'Draft invoice';
  const pdf = new PDFDocument({
    size: 'A4',
    margin: page.left,
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    info: {
      Title: title,
      Author: document.companyName,
      CreationDate: new Date(invoice.updatedAt),
      ModDate: new Date(invoice.updatedAt),
    },
  });
  const chunks: Buffer[] = [];
  const finished = new Promise<Buffer>((resolve, reject) => {
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', () => resolve(Buffer.concat(chunks)));
    pdf.on('error', reject);
  });
  pdf.registerFont('regular', fonts.regular).registerFont('bold', fonts.bold);
  writeHead(pdf, document, title);
  writeLines(pdf, document);
  writeTotals(pdf, document);
  writePayments(pdf, document);
  writePageNumbers(pdf, title);
  pdf.end();
  return finished;
}

function writeHead(pdf: Pdf, document: InvoiceDocument, title: string): void {
  const { invoice } = document;
  pdf.font('bold').fontSize(16).text(document.companyName, page.left, page.left);
  pdf.moveDown(1.5).font('bold').fontSize(13).text(title);
  const facts: [string, string][] = [
    ['Status', invoice.status],
    ['Sale order', String(document.saleOrderNumber)],
    ...(invoice.invoiceDate === null ? [] : [['Date', invoice.invoiceDate] as [string, string]]),
    ...(invoice.from === null && invoice.to === null
      ? []
      : [['Period', `${invoice.from ?? '…'} – ${invoice.to ?? '…'}`] as [string, string]]),
  ];
  pdf.moveDown(0.3).font('regular').fontSize(9);
  for (const [name, value] of facts) pdf.text(`${name}: ${value}`);
  pdf.moveDown(1).font('bold').text('Invoice to').font('regular');
  pdf.text(document.customerName);
  if (document.customerOrganisation !== null) pdf.text(document.customerOrganisation);
  if (document.customerEmail !== null) pdf.text(document.customerEmail);
  pdf.moveDown(1.5);
}

interface Cells {
  readonly text: string;
  readonly quantity: string;
  readonly price: string;
  readonly amount: string;
}

function writeLines(pdf: Pdf, { invoice }: InvoiceDocument): void {
  writeRow(pdf, { text: 'Description', quantity: 'Quantity', price: 'Unit price', amount: 'Amount' }, 'bold');
  writeRule(pdf);
  for (const line of invoice.lines) {
    writeRow(pdf, {
      text: line.description,
      quantity: quantityText(line),
      price: `${moneyText(line.unitPriceMinor, invoice.currency)} / ${line.unit}`,
      amount: moneyText(line.amountMinor, invoice.currency),
    });
  }
  writeRule(pdf);
}

function writeTotals(pdf: Pdf, { invoice }: InvoiceDocument): void {
  const money = (amount: number): string => moneyText(amount, invoice.currency);
  writeSum(pdf, 'Total', money(invoice.totalMinor), 'bold');
  writeSum(pdf, 'Paid', money(invoice.paidMinor), 'regular');
  writeSum(pdf, 'Open', money(invoice.openMinor), 'bold');
}

function writePayments(pdf: Pdf, { invoice, companyTimezone }: InvoiceDocument): void {
  if (invoice.payments.length === 0) return;
  pdf.moveDown(1);
  makeRoom(pdf, 40);
  pdf.font('bold').fontSize(9).text('Payments', page.left);
  writeRule(pdf);
  for (const payment of invoice.payments) {
    writeRow(pdf, {
      text: `${dateText(payment.paidAt, companyTimezone)}  ${payment.method}  ${payment.reference}`,
      quantity: '',
      price: '',
      amount: moneyText(payment.amountMinor, payment.currency),
    });
  }
}

function writeRow(pdf: Pdf, cells: Cells, font: 'regular' | 'bold' = 'regular'): void {
  pdf.font(font).fontSize(9);
  const names = ['text', 'quantity', 'price', 'amount'] as const;
  const height = Math.max(...names.map((name) => pdf.heightOfString(cells[name], { width: widths[name] })));
  makeRoom(pdf, height);
  const top = pdf.y;
  for (const name of names) {
    const align = name === 'text' ? 'left' : 'right';
    pdf.text(cells[name], columns[name], top, { width: widths[name], align });
  }
  pdf.x = page.left;
  pdf.y = top + height + 4;
}

function writeSum(pdf: Pdf, name: string, amount: string, font: 'regular' | 'bold'): void {
  writeRow(pdf, { text: '', quantity: '', price: name, amount }, font);
}

function writeRule(pdf: Pdf): void {
  pdf
    .moveTo(page.left, pdf.y)
    .lineTo(page.right, pdf.y)
    .lineWidth(0.5)
    .stroke('#888888')
    .fillColor('#000000');
  pdf.y += 5;
}

function makeRoom(pdf: Pdf, height: number): void {
  if (pdf.y + height > page.bottom) pdf.addPage();
}

function writePageNumbers(pdf: Pdf, title: string): void {
  const { count } = pdf.bufferedPageRange();
  for (let index = 0; index < count; index++) {
    pdf.switchToPage(index);
    // Below the margin, where text would otherwise begin a new page.
    pdf.page.margins.bottom = 0;
    pdf
      .font('regular')
      .fontSize(8)
      .text(`${title}, page ${index + 1} of ${count}`, page.left, 800, {
        width: page.right - page.left,
        align: 'center',
        lineBreak: false,
      });
  }
}
