import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from '../config/env';
import { type Role, roles, scopes } from '../domain/shared/actor';
import { type Database, openDatabase } from '../prisma/client';
import { createApiKey } from '../services/access/create-api-key';
import { createCalendar } from '../services/calendars/create-calendar';
import { createContact } from '../services/contacts/create-contact';
import { type Context, systemContext } from '../services/context';
import { createEmployee } from '../services/employees/create-employee';
import { newId } from '../services/ids';
import { createProduct } from '../services/products/create-product';
import { createProject } from '../services/projects/create-project';
import { confirmSaleOrder } from '../services/sales/confirm-sale-order';
import { createSaleOrder } from '../services/sales/create-sale-order';
import { createPolicy } from '../services/sla/policies/create-policy';
import { addMember } from '../services/teams/add-member';
import { createTeam } from '../services/teams/create-team';
import { listStages } from '../services/teams/list-stages';
import { createUser } from '../services/users/create-user';

const currency = 'EUR';
const timezone = 'Europe/Berlin';
const workingDays = [1, 2, 3, 4, 5];
const hourlyCostMinor = 4_200;
const hourlyPriceMinor = 9_500;

interface DemoUser {
  readonly role: Role;
  readonly userId: string;
  readonly email: string;
  readonly password: string;
  readonly key: string;
}

/** The first name that no user of an earlier, interrupted seed has taken. */
async function freeDomain({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(DISTINCT company_id)::int AS count FROM user_account WHERE email LIKE 'admin@demo%.example'`,
  );
  const earlier = rows[0]?.count ?? 0;
  return earlier === 0 ? 'demo.example' : `demo${earlier + 1}.example`;
}

async function createDemoUser(context: Context, role: Role, domain: string): Promise<DemoUser> {
  const email = `${role}@${domain}`;
  const password = randomBytes(12).toString('base64url');
  const name = `Demo ${role}`;
  const user = await createUser(context, { email, name, role, password });
  const identity = {
    companyId: context.companyId,
    userId: user.id,
    role,
    scopes,
    credentialId: 'seed',
    credentialKind: 'session',
  } as const;
  const { secret } = await createApiKey(context, identity, { name: `Demo key of ${role}`, scopes });
  if (secret === null) throw new Error('a new key has a secret');
  return { role, userId: user.id, email, password, key: secret };
}

/** A company at work: people, a calendar, a team with its stages and promises, a customer, and two orders. */
async function furnish(context: Context, users: readonly DemoUser[]): Promise<void> {
  const calendar = await createCalendar(context, {
    name: 'Office hours',
    timezone,
    weekly: workingDays.flatMap((weekday) => [
      { weekday, from: 9 * 60, to: 12 * 60 + 30, week: null },
      { weekday, from: 13 * 60 + 30, to: 18 * 60, week: null },
    ]),
    cycle: null,
    exceptions: [
      { date: '2026-12-24', name: 'Christmas Eve, half day', intervals: [{ from: 9 * 60, to: 12 * 60 }] },
      { date: '2026-12-25', name: 'Christmas Day', intervals: [] },
      { date: '2027-01-01', name: 'New Year’s Day', intervals: [] },
    ],
  });
  for (const { userId, role } of users) {
    if (role !== 'finance')
      await createEmployee(context, { userId, calendarId: calendar.id, hourlyCostMinor, currency });
  }
  const customer = await createContact(context, { kind: 'organisation', name: 'Harbour Books' });
  await createContact(context, {
    kind: 'person',
    name: 'Mara Lind',
    email: 'mara@harbour-books.example',
    organisationId: customer.id,
  });
  const project = await createProject(context, { name: 'Support for Harbour Books', contactId: customer.id });
  const team = await createTeam(context, {
    name: 'Customer care',
    description: 'We help with everything around your subscription.',
    visibility: 'internal',
    calendarId: calendar.id,
    projectId: project.id,
    timesheetsEnabled: true,
    timeBillingEnabled: true,
  });
  for (const { userId, role } of users) if (role !== 'finance') await addMember(context, team.id, userId);
  await promise(context, team.id);
  await sell(context, customer.id);
}

/** A first answer within two working hours, a solution within a day; faster when it is urgent. */
async function promise(context: Context, teamId: string): Promise<void> {
  const stages = await listStages(context, teamId);
  const stageId = (name: string): string => {
    const stage = stages.find((each) => each.name === name);
    if (stage === undefined) throw new Error(`the team has no stage ${name}`);
    return stage.id;
  };
  const policies = [
    { name: 'Taken up within 2 working hours', stage: 'In Progress', minutes: 120, priorities: [] },
    { name: 'Solved within 8 working hours', stage: 'Solved', minutes: 480, priorities: [] },
    {
      name: 'Urgent: solved within 4 working hours',
      stage: 'Solved',
      minutes: 240,
      priorities: ['urgent' as const],
    },
  ];
  for (const { name, stage, minutes, priorities } of policies) {
    await createPolicy(context, {
      teamId,
      name,
      criteria: { priorities },
      target: { kind: 'reach_stage', stageId: stageId(stage), minutes },
    });
  }
}

async function sell(context: Context, contactId: string): Promise<void> {
  const common = { kind: 'service', unit: 'hour', unitPriceMinor: hourlyPriceMinor, currency } as const;
  const pack = await createProduct(context, { ...common, name: 'Support pack', invoicing: 'prepaid' });
  await createProduct(context, { ...common, name: 'Support by the hour', invoicing: 'time_and_materials' });
  const order = await createSaleOrder(context, {
    contactId,
    currency,
    lines: [{ productId: pack.id, quantityMinutes: 600 }],
  });
  await confirmSaleOrder(context, order.id, undefined);
}

async function main(): Promise<void> {
  const environment = readEnvironment();
  const file = join(environment.DATA_DIR, 'demo-credentials.json');
  if (existsSync(file)) return;
  const database = openDatabase({
    url: environment.DATABASE_URL,
    poolSize: 4,
    applicationName: 'keepdesk seed',
  });
  try {
    const companyId = newId('company');
    const domain = await freeDomain(database);
    await database.prisma.company.create({
      data: { id: companyId, name: 'Keepdesk Demo', timezone, currency },
    });
    const context = systemContext({ companyId, database, actor: { type: 'system', process: 'seed' } });
    const users: DemoUser[] = [];
    for (const role of roles) users.push(await createDemoUser(context, role, domain));
    await furnish(context, users);
    mkdirSync(environment.DATA_DIR, { recursive: true });
    const host = environment.HOST === '0.0.0.0' ? '127.0.0.1' : environment.HOST;
    const credentials = {
      apiUrl: environment.PUBLIC_URL ?? `http://${host}:${environment.PORT}`,
      temporalUiUrl: environment.TEMPORAL_UI_URL,
      users: users.map(({ role, email, password }) => ({ role, email, password })),
      apiKeys: users.map(({ role, key }) => ({ role, key })),
      companyId,
    };
    writeFileSync(`${file}.new`, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } finally {
    await database.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(
    `The demo company could not be created: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
