import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { routes } from '../../api/routes';
import { readEnvironment } from '../../config/env';
import * as messages from '../../workflows/ticket/messages';

/** What the documents say about the code is looked up in the code, so that they cannot fall behind unnoticed. */
const root = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

/** The text without blocks of code: an example may name what is not there. */
const proseOf = (file: string): string => read(file).replaceAll(/^```[\s\S]*?^```/gm, '');

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** GitHub's name for a heading's place on its page. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

it('are all found', () => {
  expect(documents).toEqual(
    expect.arrayContaining(['README.md', 'docs/architecture.md', 'docs/operations.md', 'docs/api.md']),
  );
  expect(documents.length).toBeGreaterThan(15);
});

describe.each(documents)('%s', (file) => {
  it('links to places that exist', () => {
    const broken = matches(proseOf(file), /\]\(([^)\s]+)\)/g)
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const linked = path === '' ? file : join(dirname(file), path);
        if (!existsSync(join(root, linked))) return true;
        return (
          anchor !== undefined &&
          !matches(read(linked), /^#+ (.+)$/gm).some((head) => anchorOf(head) === anchor)
        );
      });
    expect(broken).toEqual([]);
  });

  it('names files and folders that exist', () => {
    const top =
      /^(api|activities|bench|config|docker|docs|domain|prisma|scripts|services|test|worker|workflows|\.ci)\//;
    const named = matches(proseOf(file), /`([\w./-]+)`/g)
      .filter((path) => top.test(path))
      .filter((path) => !existsSync(join(root, path)));
    expect(named).toEqual([]);
  });

  it('names npm commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [
      ...matches(read(file), /\bnpm run ([\w:-]+)/g),
      ...matches(read(file), /\bnpm (start|test)\b/g),
    ];
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('names operations that exist', () => {
    const known = new Set(routes.map((route) => `${route.method.toUpperCase()} ${route.path}`));
    const named = matches(
      proseOf(file),
      /\b((?:GET|POST|PUT|PATCH|DELETE) \/(?:v1\/[\w{}/-]+|healthz|readyz))/g,
    );
    expect(named.filter((operation) => !known.has(operation))).toEqual([]);
  });
});

describe('the README', () => {
  const rows = new Map(
    [...read('README.md').matchAll(/^\| (`[A-Z_`, ]+`) \| (.*?) \|/gm)].flatMap((row) => {
      const defaults = matches(row[2] ?? '', /`([^`]*)`/g);
      return matches(row[1] ?? '', /`([A-Z_]+)`/g).map((name, index) => [name, defaults[index]] as const);
    }),
  );

  it('lists every variable that the processes read, with its default', () => {
    const given = { DATABASE_URL: 'postgresql://database/keepdesk', PUBLIC_URL: 'https://desk.example' };
    const defaults = Object.entries(readEnvironment(given)).filter(([name]) => !(name in given));
    expect(
      Object.fromEntries([...rows].filter(([name]) => defaults.some(([known]) => known === name))),
    ).toEqual(Object.fromEntries(defaults.map(([name, value]) => [name, String(value)])));
    expect([...rows.keys()]).toEqual(expect.arrayContaining(Object.keys(given)));
  });

  it('lists every variable that npm start and its set-up read', () => {
    const sources = readdirSync(join(root, 'scripts'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.mjs'))
      .map((file) => read(join('scripts', file)))
      .join('\n');
    const wanted = [
      ...matches(sources, /(?:port|switch)FromEnvironment\('([A-Z_]+)'/g),
      ...matches(sources, /variable: '([A-Z_]+)'/g),
    ];
    expect(wanted.length).toBeGreaterThan(4);
    expect([...rows.keys()]).toEqual(expect.arrayContaining(wanted));
  });
});

it('the README names every test of crashes, repetitions, replacements and attacks that the page of guarantees names', () => {
  const testsOf = (text: string): string[] =>
    matches(text, /\((?:\.\.\/)?(test\/(?:faults|attack)\/[\w-]+\.test\.ts)\)/g);
  const promised = new Set(testsOf(read('README.md')));
  const shown = testsOf(read('docs/guarantees.md'));
  expect(new Set(shown).size).toBeGreaterThan(15);
  expect(shown.filter((test) => !promised.has(test))).toEqual([]);
  const written = ['faults', 'attack'].flatMap((folder) =>
    readdirSync(join(root, 'test', folder))
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => `test/${folder}/${file}`),
  );
  expect(written.filter((test) => !shown.includes(test))).toEqual([]);
});

describe('the page for operators', () => {
  it('tells every signal and update of a ticket', () => {
    const defined = Object.values(messages).flatMap(({ type, name }) => (type === 'query' ? [] : [name]));
    expect(defined.length).toBeGreaterThan(15);
    const named = new Set(matches(read('docs/operations.md'), /`(\w+)`/g));
    expect(defined.filter((name) => !named.has(name))).toEqual([]);
  });

  it('tells every count of the reconcile report', () => {
    const counts = matches(read('domain/shared/reconcile-report.ts'), /readonly (\w+): number/g);
    expect(counts.length).toBeGreaterThan(5);
    const named = new Set(matches(read('docs/operations.md'), /^\| `(\w+)` \|/gm));
    expect(counts.filter((name) => !named.has(name))).toEqual([]);
  });

  it('tells every search attribute', () => {
    const attributes = matches(read('workflows/search-attributes.ts'), /defineSearchAttributeKey\('(\w+)'/g);
    expect(attributes.length).toBeGreaterThan(8);
    const named = new Set(matches(read('docs/operations.md'), /`(\w+)`/g));
    expect(attributes.filter((name) => !named.has(name))).toEqual([]);
  });
});
