import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, listener } from '../support/free-ports';
import { startNode } from '../support/processes';
import { type DataFolder, dataFolder, supervisor } from './supervised';

let folder: DataFolder;

beforeAll(async () => {
  folder = await dataFolder();
});

afterAll(() => folder.remove());

/** Starts with this in the environment; it must end by itself, with one sentence and nothing left running. */
async function refusal(environment: Readonly<Record<string, string>>): Promise<string> {
  const start = startNode(supervisor, [], { ...folder.environment, ...environment });
  const { code } = await start.ended;
  expect(code).toBe(1);
  const lines = start.output().trimEnd().split('\n');
  expect(lines).toEqual([expect.stringMatching(/\.$/)]);
  expect(await readdir(join(folder.path, 'run')).catch(() => [])).toEqual([]);
  return lines[0] ?? '';
}

test.each([
  ['PORT', 'PORT', 'set PORT to a free port'],
  ['TEMPORAL_UI_PORT', 'TEMPORAL_UI_PORT', 'set TEMPORAL_UI_PORT to a free port'],
  ['SMTP_PORT', 'SMTP_PORT', 'set SMTP_PORT to a free port'],
])('a %s that is in use ends with one sentence', async (_name, variable, advice) => {
  const { server, port } = await listener();
  const sentence = await refusal({ [variable]: String(port) });
  server.close();
  expect(sentence).toContain(`Port ${port} is in use`);
  expect(sentence).toContain(advice);
});

test.each([
  ['PORT', 'eighty', 'PORT must be a whole number'],
  ['KEEPDESK_DEMO', 'yes', 'KEEPDESK_DEMO must be 0 or 1'],
  ['DATABASE_URL', 'mysql://localhost/keepdesk', 'DATABASE_URL must look like'],
  ['TEMPORAL_ADDRESS', 'http://localhost', 'TEMPORAL_ADDRESS must look like'],
  ['LOG_LEVEL', 'loud', 'LOG_LEVEL'],
  ['DATABASE_POOL_SIZE', '1', 'DATABASE_POOL_SIZE'],
])('%s=%s ends with one sentence before anything is started', async (variable, value, said) => {
  expect(await refusal({ [variable]: value })).toContain(said);
});

test('servers that do not answer are named, without the password', async () => {
  const [port] = await freePorts(1);
  const database = await refusal({ DATABASE_URL: `postgresql://keepdesk:s3cret@127.0.0.1:${port}/keepdesk` });
  expect(database).toContain(`PostgreSQL does not answer at 127.0.0.1:${port}`);
  expect(database).not.toContain('s3cret');
  expect(await refusal({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` })).toContain(
    `Temporal does not answer at 127.0.0.1:${port}`,
  );
});

test('a Temporal program that is not there is named', async () => {
  expect(await refusal({ TEMPORAL_CLI: '/nowhere/temporal' })).toMatch(/TEMPORAL_CLI.*\/nowhere\/temporal/);
});

test('a data folder that cannot be one ends with one sentence', async () => {
  const file = join(folder.path, 'a-file');
  await writeFile(file, '');
  expect(await refusal({ DATA_DIR: file })).toContain(`The data folder ${file} cannot be written`);
});
