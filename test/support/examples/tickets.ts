import type { Examples } from '../examples';

export const ticketExamples: Examples = {
  listTickets: () => ({}),
  getTicket: ({ ticket }) => ({ params: { ticketId: ticket.id } }),
  updateTicket: ({ ticket }) => ({
    params: { ticketId: ticket.id },
    body: { subject: 'The printer smokes', description: 'Since this morning.' },
  }),
};
