import type { Examples } from '../examples';
import { ticketFollower, user } from '../factories';

/** What is said about tickets, and who is told of it. */
export const conversationExamples: Examples = {
  listMessages: ({ ticket }) => ({ params: { ticketId: ticket.id } }),
  postMessage: ({ ticket }) => ({
    params: { ticketId: ticket.id },
    body: { body: 'Please turn it off first.', format: 'text', internal: true },
  }),
  listTicketFollowers: ({ ticket }) => ({ params: { ticketId: ticket.id } }),
  followTicket: async (world) => ({
    params: { ticketId: world.ticket.id },
    body: { userId: (await user(world)).id, contactId: null },
  }),
  unfollowTicket: async (world) => ({
    params: {
      ticketId: world.ticket.id,
      followerId: await ticketFollower(world, world.ticket.id, { userId: (await user(world)).id }),
    },
  }),
  listTicketEvents: ({ ticket }) => ({ params: { ticketId: ticket.id } }),
  readEvents: () => ({ query: { limit: '10' } }),
  streamEvents: () => ({}),
};
