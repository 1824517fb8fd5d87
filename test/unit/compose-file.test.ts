import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { readEnvironment } from '../../config/env';
import { environmentOfService, readCompose } from '../support/compose';
import { root } from '../support/processes';

/** The schema of the Compose Specification 2.x (compose-spec/compose-spec, schema/compose-spec.json, Apache-2.0). */
const schema = JSON.parse(readFileSync(join(root, 'test', 'support', 'compose-spec.json'), 'utf8')) as Record<
  string,
  unknown
>;
const { services } = readCompose();

/** Variables that the images document: Docker's postgres, and the template of Temporal's server. */
const documented: Readonly<Record<string, readonly string[]>> = {
  postgres: ['POSTGRES_PASSWORD', 'POSTGRES_USER', 'POSTGRES_DB', 'POSTGRES_INITDB_ARGS', 'PGDATA'],
  'temporalio/server': [
    'DB',
    'DB_PORT',
    'POSTGRES_SEEDS',
    'POSTGRES_USER',
    'POSTGRES_PWD',
    'DBNAME',
    'VISIBILITY_DBNAME',
    'NUM_HISTORY_SHARDS',
    'BIND_ON_IP',
    'TEMPORAL_BROADCAST_ADDRESS',
    'DYNAMIC_CONFIG_FILE_PATH',
    'LOG_LEVEL',
  ],
  'temporalio/ui': ['TEMPORAL_ADDRESS', 'TEMPORAL_UI_PORT', 'TEMPORAL_CORS_ORIGINS', 'TEMPORAL_AUTH_ENABLED'],
};

function schemaProblems(file: unknown): string[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  const validate = ajv.compile({ ...schema, $schema: 'http://json-schema.org/draft-07/schema#' });
  return validate(file)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

it('is a file of the Compose Specification', () => {
  expect(schemaProblems(readCompose())).toEqual([]);
  const wrong = { services: { api: { ...services['api'], depends_on: { migrate: { condition: 'done' } } } } };
  expect(schemaProblems(wrong)).not.toEqual([]);
});

it('gives foreign images only variables that they document', () => {
  /** What our own scripts in the container read. */
  const own = ['KEEPDESK_DB_PASSWORD', 'TEMPORAL_DB_PASSWORD'];
  const unknown = Object.entries(services).flatMap(([name, { image, environment = {} }]) => {
    const known = documented[image.split(':')[0] ?? ''];
    if (known === undefined) return [];
    return Object.keys(environment)
      .filter((variable) => !known.includes(variable) && !own.includes(variable))
      .map((variable) => `${name}: ${variable}`);
  });
  expect(unknown).toEqual([]);
});

it('has a start order without a circle, in which the schema comes before its users', () => {
  const order: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) throw new Error(`circle: ${[...path, name].join(' → ')}`);
    if (order.includes(name)) return;
    for (const before of Object.keys(services[name]?.depends_on ?? {})) visit(before, [...path, name]);
    order.push(name);
  };
  for (const name of Object.keys(services)) visit(name, []);
  for (const part of ['api', 'worker', 'relay']) {
    for (const before of ['postgres', 'temporal-schema', 'temporal', 'temporal-namespace', 'migrate'])
      expect([part, order.indexOf(before) < order.indexOf(part)]).toEqual([part, true]);
  }
});

it.each(['api', 'worker', 'relay'])('gives the %s an environment that it accepts', (name) => {
  expect(readEnvironment(environmentOfService(name))).toMatchObject({
    DATABASE_URL: 'postgresql://keepdesk:keepdesk-password@postgres:5432/keepdesk',
    TEMPORAL_ADDRESS: 'temporal:7233',
    HOST: '0.0.0.0',
    METRICS_PORT: 9464,
  });
});

it('starts parts that the image’s entry point knows', () => {
  const entry = readFileSync(join(root, 'docker', 'entrypoint.sh'), 'utf8');
  const known = [...entry.matchAll(/^ {2}([a-z-]+)\)/gm)].map(([, part]) => part);
  const started = Object.values(services)
    .filter(({ image }) => image.startsWith('keepdesk:'))
    .flatMap(({ command = [] }) => command);
  expect(started).toHaveLength(4);
  expect(started.filter((part) => !known.includes(part))).toEqual([]);
});
