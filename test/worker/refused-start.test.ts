import { listener } from '../support/free-ports';
import { killPrograms, type ProgramName, startProgram } from '../support/processes';

afterEach(killPrograms);

const nobodyThere = 'postgresql://keepdesk:a-secret@127.0.0.1:1/keepdesk';

async function refusalOf(name: ProgramName, environment: Readonly<Record<string, string>>): Promise<string> {
  const program = startProgram(name, { METRICS_PORT: '0', ...environment });
  expect(await program.ended).toEqual({ code: 1, signal: null });
  expect(program.errorOutput()).not.toContain('a-secret');
  return program.errorOutput();
}

test.each<[ProgramName, string, Readonly<Record<string, string>>, RegExp]>([
  ['worker', 'no address of the database', {}, /DATABASE_URL: must be a PostgreSQL address such as/],
  ['relay', 'no address of the database', {}, /DATABASE_URL: must be a PostgreSQL address such as/],
  ['migrate', 'a bad address', { DATABASE_URL: 'nonsense' }, /DATABASE_URL: must be a PostgreSQL address/],
  ['migrate', 'no database', { DATABASE_URL: nobodyThere }, /cannot be reached \(.+\): start it, or correct/],
  [
    'worker',
    'no Temporal',
    { DATABASE_URL: nobodyThere, TEMPORAL_ADDRESS: '127.0.0.1:1' },
    /cannot reach Temporal; check TEMPORAL_ADDRESS/,
  ],
  [
    'relay',
    'an address that this machine does not have',
    { DATABASE_URL: nobodyThere, HOST: 'nowhere.invalid' },
    /^Nothing can listen on nowhere\.invalid:0 \(ENOTFOUND\): set METRICS_PORT .+ and HOST/,
  ],
])(
  'the %s with %s ends with one sentence that says what to do',
  async (name, _with, environment, sentence) => {
    expect(await refusalOf(name, environment)).toMatch(new RegExp(`${sentence.source}[^\\n]*\\.\\n$`));
  },
);

test('the relay names a port for its figures that is in use', async () => {
  const { server, port } = await listener();
  const refusal = await refusalOf('relay', { DATABASE_URL: nobodyThere, METRICS_PORT: String(port) });
  server.close();
  expect(refusal).toMatch(
    /^Nothing can listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\): set METRICS_PORT [^\n]+\.\n$/,
  );
});

test('a relay that cannot use its database goes on, and says so once', async () => {
  const relay = startProgram('relay', { METRICS_PORT: '0', DATABASE_URL: nobodyThere });
  const said = await relay.said('relay cannot use the database; trying again');
  expect(said).toMatchObject({ level: 40, code: 'ECONNREFUSED' });
  await relay.stop();
  expect(relay.output().match(/relay cannot use the database/g)).toHaveLength(1);
});
