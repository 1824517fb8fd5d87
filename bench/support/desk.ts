import { scopes } from '../../domain/shared/actor';
import type { Database } from '../../prisma/client';
import { createApiKey } from '../../services/access/create-api-key';
import { createCalendar } from '../../services/calendars/create-calendar';
import { createContact } from '../../services/contacts/create-contact';
import { systemContext } from '../../services/context';
import { createEmployee } from '../../services/employees/create-employee';
import { newId } from '../../services/ids';
import { createProduct } from '../../services/products/create-product';
import { createProject } from '../../services/projects/create-project';
import { confirmSaleOrder } from '../../services/sales/confirm-sale-order';
import { createSaleOrder } from '../../services/sales/create-sale-order';
import { createPolicy } from '../../services/sla/policies/create-policy';
import { createTeam } from '../../services/teams/create-team';
import { listStages } from '../../services/teams/list-stages';
import { createUser } from '../../services/users/create-user';

/** A company at work: one agent, one team with a promise in office hours, one customer with a confirmed order. */
export interface Desk {
  readonly companyId: string;
  readonly agentId: string;
  /** Secret of an API key of the agent, for `Authorization: Bearer`. */
  readonly key: string;
  readonly teamId: string;
  /** In the team's order. */
  readonly stageIds: readonly string[];
  readonly calendarId: string;
  readonly policyId: string;
  readonly projectId: string;
  readonly employeeId: string;
  readonly contactId: string;
  readonly saleOrderLineId: string;
}

export async function createDesk(database: Database): Promise<Desk> {
  const companyId = newId('company');
  const currency = 'EUR';
  await database.prisma.company.create({
    data: { id: companyId, name: 'Northwind Support', timezone: 'Europe/Berlin', currency },
  });
  const context = systemContext({ companyId, database, actor: { type: 'system', process: 'seed' } });
  const agent = await createUser(context, {
    email: `agent.${companyId}@northwind.example`,
    name: 'Agent',
    role: 'agent',
    password: newId('user'),
  });
  const identity = {
    companyId,
    userId: agent.id,
    role: 'agent',
    scopes,
    credentialId: 'seed',
    credentialKind: 'session',
  } as const;
  const { secret } = await createApiKey(context, identity, { name: 'Bench', scopes });
  if (secret === null) throw new Error('a new key has a secret');
  const calendar = await createCalendar(context, {
    name: 'Office hours',
    timezone: 'Europe/Berlin',
    weekly: [1, 2, 3, 4, 5].flatMap((weekday) => [
      { weekday, from: 9 * 60, to: 12 * 60, week: null },
      { weekday, from: 13 * 60, to: 17 * 60, week: null },
    ]),
    cycle: null,
    exceptions: [],
  });
  const employee = await createEmployee(context, {
    userId: agent.id,
    calendarId: calendar.id,
    hourlyCostMinor: 4_200,
    currency,
  });
  const customer = await createContact(context, { kind: 'organisation', name: 'Harbour Books' });
  const person = await createContact(context, {
    kind: 'person',
    name: 'Mara Lind',
    email: 'mara@harbour-books.example',
    organisationId: customer.id,
  });
  const project = await createProject(context, { name: 'Support', contactId: customer.id });
  const team = await createTeam(context, {
    name: 'Customer care',
    description: '',
    visibility: 'internal',
    calendarId: calendar.id,
    projectId: project.id,
    timesheetsEnabled: true,
    timeBillingEnabled: true,
  });
  const stages = await listStages(context, team.id);
  const solved = stages.find((stage) => stage.name === 'Solved');
  if (solved === undefined) throw new Error('the team has no stage for what is solved');
  const policy = await createPolicy(context, {
    teamId: team.id,
    name: 'Solved within 8 working hours',
    criteria: { priorities: [] },
    target: { kind: 'reach_stage', stageId: solved.id, minutes: 480 },
  });
  const product = await createProduct(context, {
    kind: 'service',
    name: 'Support by the hour',
    unit: 'hour',
    unitPriceMinor: 9_500,
    currency,
    invoicing: 'time_and_materials',
  });
  const order = await createSaleOrder(context, {
    contactId: customer.id,
    currency,
    lines: [{ productId: product.id, quantityMinutes: 600_000 }],
  });
  await confirmSaleOrder(context, order.id, undefined);
  const line = order.lines[0];
  if (line === undefined) throw new Error('the order has no line');
  return {
    companyId,
    agentId: agent.id,
    key: secret,
    teamId: team.id,
    stageIds: stages.map((stage) => stage.id),
    calendarId: calendar.id,
    policyId: policy.id,
    projectId: project.id,
    employeeId: employee.id,
    contactId: person.id,
    saleOrderLineId: line.id,
  };
}
