import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { startNode } from '../support/processes';

const database = testDatabase();
const api = testApi(database);

async function run(commandArguments: readonly string[], url = database.url) {
  const command = startNode('dist/scripts/create-company.js', commandArguments, { DATABASE_URL: url });
  const { code } = await command.ended;
  return { code, output: command.output() };
}

const northwind = ['--name', 'Northwind Support', '--email', 'Admin@Northwind.example'];

it('makes the first company of an empty database, whose admin logs in with the password it shows once', async () => {
  const { code, output } = await run([...northwind, '--timezone', 'Europe/Berlin', '--currency', 'CHF']);
  expect({ code, output }).toEqual({
    code: 0,
    output: expect.stringContaining('Company Northwind Support (com_'),
  });
  const password = /^Password {2}(\S{24})$/m.exec(output)?.[1];
  const login = await api
    .client()
    .post<{ token: string }>('/v1/auth/login', { email: 'admin@northwind.example', password });
  expect(login.status).toBe(200);
  const admin = api.client(login.body.token);
  expect((await admin.get('/v1/companies/current')).body).toMatchObject({
    name: 'Northwind Support',
    timezone: 'Europe/Berlin',
    currency: 'CHF',
  });
  expect((await admin.get('/v1/me')).body).toMatchObject({ role: 'admin' });
  expect((await admin.post('/v1/contacts', { kind: 'person', name: 'Ada' })).status).toBe(201);
  // Transactions of other tests on the same server hold the feed back until they end.
  await eventually('the events of its making', async () => {
    const { body } = await admin.get<{ data: { kind: string }[] }>('/v1/events');
    const kinds = body.data.map(({ kind }) => kind);
    return kinds.includes('company.created') && kinds.includes('user.created');
  });
});

it('refuses a name or an address that is there, and makes one of the same command at once', async () => {
  const before = await database.prisma.company.count();
  expect(await run(northwind)).toEqual({ code: 1, output: 'There is already a company of this name.\n' });
  expect(await run(['--name', 'Another', '--email', 'admin@northwind.example'])).toEqual({
    code: 1,
    output: 'There is already a user with this email address.\n',
  });
  expect(await database.prisma.company.count()).toBe(before);
  const twice = ['--name', 'Twice', '--email', 'twice@northwind.example'];
  const ended = await Promise.all([run(twice), run(twice), run(twice)]);
  expect(ended.map(({ code }) => code).toSorted()).toEqual([0, 1, 1]);
  expect(await database.prisma.company.count()).toBe(before + 1);
});

it.each([
  [[], /^--name is missing; --email is missing\nUsage: /],
  [['--name', 'X', '--email', 'nobody'], /--email: .*\nUsage: /],
  [[...northwind, '--timezone', '+01:00'], /--timezone: must be an IANA time zone/],
  [['--nmae', 'X'], /Unknown option '--nmae'/],
])('says in a sentence what is wrong with %j', async (commandArguments, sentence) => {
  const { code, output } = await run(commandArguments);
  expect(code).toBe(1);
  expect(output).toMatch(sentence);
  expect(output).not.toMatch(/^\s+at /m);
});

it('says in a sentence that the database does not answer', async () => {
  const { code, output } = await run(northwind, 'postgresql://nobody:a-secret@127.0.0.1:1/none');
  expect(code).toBe(1);
  expect(output).toMatch(/^The company could not be created: [^\n]+\n$/);
  expect(output).not.toContain('a-secret');
});
