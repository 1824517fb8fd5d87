import type { Examples } from '../examples';

export const contactExamples: Examples = {
  createContact: ({ organisationId }) => ({
    body: {
      kind: 'person',
      name: 'Grace Hopper',
      organisationId,
      email: 'grace@customer.test',
      phone: '+49 30 1234567',
    },
  }),
  listContacts: () => ({}),
  getContact: ({ personId }) => ({ params: { contactId: personId } }),
  updateContact: ({ personId, organisationId }) => ({
    params: { contactId: personId },
    body: { name: 'Grace M. Hopper', organisationId, email: 'hopper@customer.test', phone: null },
  }),
};
