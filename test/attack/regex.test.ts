import { createContext, Script } from 'node:vm';
import { document } from '../support/contract';
import { regexesOf } from '../support/regexes-of';

/** What a stranger can send in one text: more than any body or address may hold. */
const length = 100_000;
const limitMs = 100;

/** Runs that make a matcher try again and again: each is repeated and then broken off by something that fits nothing. */
const pieces = [
  'a',
  'A',
  '0',
  '1',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '-',
  '.',
  ',',
  '_',
  '/',
  '"',
  '@',
  ':',
  ';',
  '=',
  '~',
  '%',
  '\\',
  '$',
  '(',
  '+',
  '*',
  'é',
  '\u{1f600}',
  '\u200b',
  '\ud800',
  '\u0000',
  'a.',
  'a-',
  'a@',
  'a@a.',
  '0,',
  'a,',
  '0-',
  'A/',
  ', ',
  ';wait=1',
  'wait=',
  'tkt_0',
  '2026-',
  '00:',
  'Bearer ',
  '\n    at ',
  '"v1", ',
  ' \n',
  'open,',
];
const ends = ['', '!', '\n'];
const texts = pieces.flatMap((piece) => {
  const run = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  return ends.map((end) => ({ name: `${JSON.stringify(piece)}… ${JSON.stringify(end)}`, text: run + end }));
});

/** Expressions that no stranger's text reaches, each with its reason. */
const bounded: Readonly<Record<string, string>> = {
  'domain/billing/currencies.ts: \\B(?=(\\d{3})+$)': 'groups the digits of an amount, 16 of them at most',
};

const probe = new Script('if (regex.global) text.replace(regex, ""); else regex.test(text);');

const room = createContext({});

/** Milliseconds for this text; infinite when it had to be stopped. */
function time(regex: RegExp, text: string): number {
  const startedAt = performance.now();
  try {
    Object.assign(room, { regex, text });
    probe.runInContext(room, { timeout: 2_000 });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return Number.POSITIVE_INFINITY;
    throw error;
  }
  return performance.now() - startedAt;
}

/** The text that keeps the expression busy for longer than the limit, twice in a row; none when there is none. */
function slowText(regex: RegExp): string | undefined {
  for (const { name, text } of texts) {
    // A busy machine may be slow once; an expression is slow every time.
    if (time(regex, text) > limitMs && time(regex, text) > limitMs) return name;
  }
  return undefined;
}

function patternsOf(node: unknown, found = new Set<string>()): Set<string> {
  if (typeof node !== 'object' || node === null) return found;
  for (const [name, member] of Object.entries(node)) {
    if (name === 'pattern' && typeof member === 'string') found.add(member);
    else patternsOf(member, found);
  }
  return found;
}

describe('no text of 100 kB keeps busy', () => {
  const patterns = [...patternsOf(document)];

  it('any pattern of the OpenAPI document', () => {
    expect(patterns.length).toBeGreaterThan(15);
    const slow = patterns.map((pattern) => [pattern, slowText(new RegExp(pattern, 'u'))] as const);
    expect(slow.filter(([, text]) => text !== undefined)).toEqual([]);
  });

  it('any expression in the sources that see requests', () => {
    const found = regexesOf(['api', 'services', 'domain', 'config']);
    expect(found.length).toBeGreaterThan(30);
    const asked = found.filter((regex) => bounded[`${regex.file}: ${regex.pattern}`] === undefined);
    expect(found.length - asked.length).toBe(Object.keys(bounded).length);
    const unique = new Map(asked.map((regex) => [`${regex.pattern}/${regex.flags}`, regex]));
    const slow = [...unique.values()].map(({ file, pattern, flags }) => [
      file,
      pattern,
      slowText(new RegExp(pattern, flags)),
    ]);
    expect(slow.filter(([, , text]) => text !== undefined)).toEqual([]);
  });

  it('is a check that finds a bad one', () => {
    expect(slowText(/^(a+)+$/)).toBeDefined();
    expect(slowText(/\s+$/)).toBeDefined();
  });
});
