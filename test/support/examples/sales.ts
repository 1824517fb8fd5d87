import type { Examples } from '../examples';
import { product } from '../factories';

export const productExamples: Examples = {
  createProduct: () => ({
    body: {
      name: 'Support pack',
      kind: 'service',
      invoicing: 'prepaid',
      unit: 'hour',
      unitPriceMinor: 11_000,
      currency: 'EUR',
      active: true,
    },
  }),
  listProducts: () => ({}),
  getProduct: ({ confirmedOrder }) => ({ params: { productId: confirmedOrder.productId } }),
  updateProduct: async (company) => ({
    params: { productId: await product(company) },
    body: { name: 'Bigger pack', invoicing: 'prepaid', unit: 'day', unitPriceMinor: 80_000, active: false },
  }),
};
