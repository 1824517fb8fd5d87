import type { Examples } from '../examples';
import { contact, uniqueEmail } from '../factories';

export const contactExamples: Examples = {
  createContact: ({ organisationId }) => ({
    body: {
      kind: 'person',
      name: 'Grace Hopper',
      organisationId,
      email: uniqueEmail(),
      phone: '+49 30 1234567',
    },
  }),
  listContacts: () => ({}),
  getContact: ({ personId }) => ({ params: { contactId: personId } }),
  updateContact: ({ personId, organisationId }) => ({
    params: { contactId: personId },
    body: { name: 'Grace M. Hopper', organisationId, email: uniqueEmail(), phone: null },
  }),
  eraseContact: async (everything) => ({ params: { contactId: await contact(everything) } }),
};
