import type { IdKind } from '../../../domain/shared/ids';
import { apiKey, type World } from './company';
import { contact, employeeOf } from './people';
import { invoice, invoiceRun, saleOrder, type TestSaleOrder, timesheetEntry } from './sales';
import { slaPolicy, type TestTeam, team } from './teams';
import { message, slaClock, type TestTicket, teamFollower, ticket, ticketFollower } from './tickets';

/** One record of each kind, for the matrices that walk all operations. */
export interface Everything extends World {
  readonly team: TestTeam;
  readonly ticket: TestTicket;
  readonly personId: string;
  readonly organisationId: string;
  /** The agent's own, so that the agent too logs time for it. */
  readonly employeeId: string;
  readonly policyId: string;
  readonly clockId: string;
  readonly draftOrder: TestSaleOrder;
  readonly confirmedOrder: TestSaleOrder;
  /** Unbilled and applied, on the confirmed order's line. */
  readonly entryId: string;
  readonly draftInvoiceId: string;
  readonly postedInvoiceId: string;
  readonly runId: string;
  readonly apiKeyId: string;
  /** An id of each kind that stands in bodies and paths. */
  readonly ids: Readonly<Partial<Record<IdKind, string>>>;
}

/** Fills a company with one record of each kind. */
export async function everything(world: World): Promise<Everything> {
  const { database, companyId } = world;
  const organisationId = await contact(world, { kind: 'organisation', name: 'Analytical Engines' });
  const personId = await contact(world, { organisationId });
  const employeeId = await employeeOf(world, world.users.agent.id);
  const ownTeam = await team(world);
  const policyId = await slaPolicy(world, ownTeam);
  const draftOrder = await saleOrder(world, { contactId: personId, status: 'draft' });
  const confirmedOrder = await saleOrder(world, { contactId: personId });
  const ownTicket = await ticket(world, ownTeam, {
    contactId: personId,
    assigneeId: world.users.agent.id,
    saleOrderLineId: confirmedOrder.lineId,
  });
  const clockId = await slaClock(world, ownTicket.id, policyId);
  const messageId = await message(world, ownTicket.id);
  const followerId = await ticketFollower(world, ownTicket.id, { contactId: personId });
  await teamFollower(world, ownTeam.id, { userId: world.users.manager.id });
  const entryId = await timesheetEntry(
    world,
    { ticketId: ownTicket.id, projectId: ownTeam.projectId ?? '', employeeId },
    { saleOrderLineId: confirmedOrder.lineId, applied: true },
  );
  const slice = await database.prisma.slice.findFirstOrThrow({ where: { companyId, entryId } });
  const draft = await invoice(world, confirmedOrder);
  const posted = await invoice(world, confirmedOrder, { status: 'posted' });
  const runId = await invoiceRun(world);
  const key = await apiKey(world);
  return {
    ...world,
    team: ownTeam,
    ticket: ownTicket,
    personId,
    organisationId,
    employeeId,
    policyId,
    clockId,
    draftOrder,
    confirmedOrder,
    entryId,
    draftInvoiceId: draft.id,
    postedInvoiceId: posted.id,
    runId,
    apiKeyId: key.id,
    ids: {
      company: companyId,
      user: world.users.agent.id,
      apiKey: key.id,
      employee: employeeId,
      contact: personId,
      calendar: world.officeCalendarId,
      team: ownTeam.id,
      stage: ownTeam.stages.inProgress,
      ticket: ownTicket.id,
      message: messageId,
      follower: followerId,
      slaPolicy: policyId,
      slaClock: clockId,
      project: ownTeam.projectId ?? '',
      timesheetEntry: entryId,
      slice: slice.id,
      product: confirmedOrder.productId,
      saleOrder: confirmedOrder.id,
      saleOrderLine: confirmedOrder.lineId,
      invoice: posted.id,
      invoiceLine: posted.lineId,
      invoiceRun: runId,
    },
  };
}
