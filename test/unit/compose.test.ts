import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from '../../config/env';

/** The production shape, read as text: indentation of two spaces a level, as the file is written. */
const root = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const compose = read('docker-compose.yml')
  .split('\n')
  .filter((line) => !/^\s*#/.test(line))
  .join('\n');

/** The members of a block whose keys stand at this depth, each with its own lines. */
function membersOf(block: string, depth: number): Map<string, string> {
  const indent = ' '.repeat(depth);
  const parts = block.split(new RegExp(`^${indent}(?=[\\w<"-]+:)`, 'm')).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf(':')), part.slice(part.indexOf(':') + 1)]));
}

const top = membersOf(compose, 0);
const base = top.get('x-app') ?? '';
const services = membersOf(top.get('services') ?? '', 2);
/** A service with what it takes over from the common part. */
const whole = (service: string): Map<string, string> => {
  const own = membersOf(service, 4);
  return /<<: \*app/.test(service) ? new Map([...membersOf(base, 2), ...own]) : own;
};
const dependenciesOf = (service: string): [string, string][] =>
  [...(whole(service).get('depends_on') ?? '').matchAll(/([\w-]+): \{ condition: (\w+) \}/g)].map(
    ([, name = '', condition = '']) => [name, condition],
  );
const jobs = new Set(
  [...services.values()]
    .flatMap(dependenciesOf)
    .filter(([, condition]) => condition === 'service_completed_successfully')
    .map(([name]) => name),
);

it('has the parts of the production shape', () => {
  expect([...services.keys()].toSorted()).toEqual(
    [
      'api',
      'migrate',
      'postgres',
      'relay',
      'temporal',
      'temporal-namespace',
      'temporal-schema',
      'temporal-ui',
      'worker',
    ].toSorted(),
  );
  expect(compose).not.toMatch(/\t/);
  expect(compose).not.toMatch(/auto-setup/);
});

it('waits only for services that exist, and for health only where there is some', () => {
  for (const service of services.values()) {
    for (const [name, condition] of dependenciesOf(service)) {
      expect([...services.keys()]).toContain(name);
      if (condition === 'service_healthy')
        expect(whole(services.get(name) ?? '').get('healthcheck')).toContain('test:');
    }
  }
});

it('knows of every service whether it is well, but for one-shot jobs and the UI, which nothing waits for', () => {
  const imageKnows = /^HEALTHCHECK .*CMD/m.test(read('Dockerfile'));
  const unknown = [...services].filter(([name, service]) => {
    const check = whole(service).get('healthcheck') ?? '';
    const ownImage = /<<: \*app/.test(service) && imageKnows && !check.includes('disable');
    return !jobs.has(name) && !ownImage && !check.includes('test:');
  });
  expect(unknown.map(([name]) => name)).toEqual(['temporal-ui']);
});

it('tries its one-shot jobs again and keeps everything else running', () => {
  for (const [name, service] of services) {
    const restart = whole(service).get('restart')?.trim().split('\n')[0];
    expect([name, restart]).toEqual([name, jobs.has(name) ? 'on-failure:5' : 'unless-stopped']);
  }
});

it('has no fixed password: each must be given, or the start is refused', () => {
  const secrets = [...compose.matchAll(/^\s+\w*(?:PASSWORD|PWD|SECRET|TOKEN|KEY)\w*: *(.*)$/gm)].map(
    ([, value]) => value,
  );
  expect(secrets.length).toBeGreaterThan(4);
  expect(secrets.filter((value) => !/^\$\{[A-Z_]+:\?/.test(value ?? ''))).toEqual([]);
  expect(compose).not.toMatch(/:\/\/[^\s:]+:(?!\$\{[A-Z_]+:\?)[^\s@]+@/);
  expect(read('.env.example')).not.toMatch(/PASSWORD=\S/);
});

it('asks for variables that the example names, or has a default for them', () => {
  const example = new Set([...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name));
  const asked = [...compose.matchAll(/\$\{([A-Z_]+):([?-])/g)];
  expect(asked.length).toBeGreaterThan(10);
  expect(
    asked.filter(([, name, kind]) => kind === '?' && !example.has(name)).map(([, name]) => name),
  ).toEqual([]);
  expect([...compose.matchAll(/\$\{[A-Z_]+\}/g)]).toEqual([]);
});

it('gives its processes variables that they read', () => {
  const known = Object.keys(
    readEnvironment({ DATABASE_URL: 'postgresql://database/keepdesk', PUBLIC_URL: 'https://desk.example' }),
  );
  const given = [...(membersOf(base, 2).get('environment') ?? '').matchAll(/^ {4}([A-Z_]+):/gm)];
  const fromImage = [...read('Dockerfile').matchAll(/\b([A-Z_]+)=\S/g)];
  const names = [...given, ...fromImage].map(([, name]) => name ?? '');
  expect(names.length).toBeGreaterThan(8);
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
});

it('publishes ports on this host only', () => {
  const published = [...compose.matchAll(/ports: \["([^"]+)"\]/g)].map(([, port]) => port);
  expect(published).toHaveLength([...compose.matchAll(/\bports:/g)].length);
  expect(published.filter((port) => !port?.startsWith('127.0.0.1:'))).toEqual([]);
});

it('leaves a worker the time that its end may take', () => {
  const { SHUTDOWN_SECONDS } = readEnvironment({ DATABASE_URL: 'postgresql://database/keepdesk' });
  const grace = Number(/stop_grace_period: (\d+)s/.exec(base)?.[1]);
  expect(grace).toBeGreaterThan(SHUTDOWN_SECONDS * 2);
});
