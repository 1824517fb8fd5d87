import { newId } from '../../../services/ids';
import type { Examples } from '../examples';
import { type Everything, ticket, uniqueEmail } from '../factories';

const reason = 'The customer asked for it';

/** A ticket that nothing has been decided about yet. */
async function fresh(company: Everything): Promise<{ ticketId: string }> {
  const made = await ticket(company, company.team, { contactId: company.personId });
  return { ticketId: made.id };
}

const draft = ({ team, personId, confirmedOrder }: Everything) => ({
  teamId: team.id,
  subject: 'The printer smokes',
  description: 'Since this morning.\nIt smells of oranges.',
  contactId: personId,
  priority: 'high',
  saleOrderLineId: confirmedOrder.lineId,
});

/** The same with a contact to be found or made instead of a known one. */
const draftOfStranger = (company: Everything) => {
  const { contactId: _known, saleOrderLineId: _line, ...rest } = draft(company);
  return { ...rest, contact: { name: 'Mary Somerville', email: uniqueEmail() } };
};

export const ticketExamples: Examples = {
  createTicket: (company) => ({ body: draft(company), otherBodies: [draftOfStranger(company)] }),
  createTicketsInBulk: (company) => ({
    body: { tickets: [draft(company)] },
    otherBodies: [{ tickets: [draftOfStranger(company)] }],
  }),
  listTickets: () => ({}),
  getTicket: ({ ticket }) => ({ params: { ticketId: ticket.id } }),
  updateTicket: async (company) => ({
    params: await fresh(company),
    body: { subject: 'The printer smokes', description: 'Since this morning.' },
    otherBodies: [
      {
        priority: 'urgent',
        teamId: company.team.id,
        contactId: company.personId,
        saleOrderLineId: company.confirmedOrder.lineId,
      },
    ],
  }),
  moveTicket: async (company) => ({
    params: await fresh(company),
    body: { stageId: company.team.stages.inProgress, reason },
  }),
  assignTicket: async (company) => ({
    params: await fresh(company),
    body: { userId: company.users.agent.id, reason },
  }),
  closeTicket: async (company) => ({
    params: await fresh(company),
    body: { stageId: company.team.stages.solved, reason },
  }),
  reopenTicket: async (company) => {
    const closed = await ticket(company, company.team, {
      stageId: company.team.stages.solved,
      closedAt: new Date(),
    });
    return { params: { ticketId: closed.id }, body: { stageId: company.team.stages.inProgress, reason } };
  },
  archiveTicket: async (company) => ({ params: await fresh(company), body: { reason } }),
  recalculateTicketSla: ({ ticket }) => ({ params: { ticketId: ticket.id }, body: { reason } }),
  getTicketSla: ({ ticket }) => ({ params: { ticketId: ticket.id } }),
  explainDeadline: ({ ticket, clockId }) => ({ params: { ticketId: ticket.id, clockId } }),
  getCommand: async ({ database, companyId, ticket }) => {
    const commandId = newId('command');
    await database.prisma.idempotencyKey.create({
      data: { companyId, commandId, fingerprint: 'x', status: 'applied', ticketId: ticket.id, result: {} },
    });
    return { params: { commandId } };
  },
  getTicketWorkflow: ({ ticket }) => ({ params: { ticketId: ticket.id } }),
};
