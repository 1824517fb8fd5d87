import type { Examples } from '../examples';
import { invoice, invoiceRun, saleOrder } from '../factories';

const line = (productId: string) => ({
  productId,
  quantityMinutes: 600,
  unitPriceMinor: 9_900,
  description: 'Ten hours',
});

/** By number instead of by time; only the shape is tried with it. */
const pieces = (productId: string) => {
  const { quantityMinutes: _minutes, description: _text, ...rest } = line(productId);
  return { ...rest, quantity: 3 };
};

export const salesExamples: Examples = {
  createProduct: () => ({
    body: {
      name: 'Support by the hour',
      kind: 'service',
      invoicing: 'time_and_materials',
      unit: 'hour',
      unitPriceMinor: 12_000,
      currency: 'EUR',
      active: true,
    },
  }),
  listProducts: () => ({}),
  getProduct: ({ confirmedOrder }) => ({ params: { productId: confirmedOrder.productId } }),
  updateProduct: ({ confirmedOrder }) => ({
    params: { productId: confirmedOrder.productId },
    body: {
      name: 'Support by the day',
      invoicing: 'prepaid',
      unit: 'day',
      unitPriceMinor: 80_000,
      active: true,
    },
  }),
  createSaleOrder: ({ personId, confirmedOrder }) => ({
    body: { contactId: personId, currency: 'EUR', lines: [line(confirmedOrder.productId)] },
    otherBodies: [{ contactId: personId, currency: 'EUR', lines: [pieces(confirmedOrder.productId)] }],
  }),
  listSaleOrders: () => ({}),
  getSaleOrder: ({ confirmedOrder }) => ({ params: { saleOrderId: confirmedOrder.id } }),
  updateSaleOrder: async (company) => ({
    params: { saleOrderId: (await saleOrder(company, { status: 'draft' })).id },
    body: { contactId: company.personId, currency: 'EUR', lines: [line(company.confirmedOrder.productId)] },
    otherBodies: [{ lines: [pieces(company.confirmedOrder.productId)] }],
  }),
  confirmSaleOrder: async (company) => ({
    params: { saleOrderId: (await saleOrder(company, { status: 'draft' })).id },
  }),
  cancelSaleOrder: async (company) => ({
    params: { saleOrderId: (await saleOrder(company, { status: 'draft' })).id },
  }),
  invoiceSaleOrder: async (company) => ({
    params: { saleOrderId: (await saleOrder(company, { invoicing: 'prepaid' })).id },
    body: { from: '2026-01-01', to: '2026-12-31', preview: false },
  }),
  getSaleOrderProfitability: ({ confirmedOrder }) => ({ params: { saleOrderId: confirmedOrder.id } }),
  traceSaleOrder: ({ confirmedOrder }) => ({ params: { saleOrderId: confirmedOrder.id } }),
};

export const invoicingExamples: Examples = {
  listInvoices: () => ({}),
  getInvoice: ({ postedInvoiceId }) => ({ params: { invoiceId: postedInvoiceId } }),
  updateInvoice: async (company) => {
    const order = await saleOrder(company, { invoicing: 'prepaid' });
    const { id, lineId } = await invoice(company, order);
    return {
      params: { invoiceId: id },
      body: { lines: [{ lineId, quantityMinutes: 30, description: 'Half an hour' }] },
      otherBodies: [{ lines: [{ lineId, quantity: 1 }] }],
    };
  },
  deleteInvoice: async (company) => ({
    params: { invoiceId: (await invoice(company, company.confirmedOrder)).id },
  }),
  postInvoice: async (company) => ({
    params: { invoiceId: (await invoice(company, company.confirmedOrder)).id },
  }),
  recordPayment: async (company) => ({
    params: { invoiceId: (await invoice(company, company.confirmedOrder, { status: 'posted' })).id },
    body: {
      amountMinor: 5_000,
      paidAt: '2026-03-31T10:00:00Z',
      method: 'bank_transfer',
      reference: 'Statement 12',
    },
  }),
  getInvoicePdf: ({ postedInvoiceId }) => ({ params: { invoiceId: postedInvoiceId } }),
  traceInvoice: ({ postedInvoiceId }) => ({ params: { invoiceId: postedInvoiceId } }),
  createInvoiceRun: ({ personId, confirmedOrder }) => ({
    body: {
      filter: { saleOrderIds: [confirmedOrder.id], contactId: personId },
      from: '2026-01-01',
      to: '2026-12-31',
      post: false,
    },
  }),
  listInvoiceRuns: () => ({}),
  getInvoiceRun: ({ runId }) => ({ params: { invoiceRunId: runId } }),
  listInvoiceRunOrders: ({ runId }) => ({ params: { invoiceRunId: runId } }),
  cancelInvoiceRun: async (company) => ({ params: { invoiceRunId: await invoiceRun(company) } }),
};
