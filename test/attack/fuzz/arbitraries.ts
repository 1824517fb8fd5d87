import fc, { type Arbitrary } from 'fast-check';
import { type IdKind, idPattern, idPrefixes } from '../../../domain/shared/ids';
import type { Schema } from '../../support/bad-bodies';
import { document } from '../../support/contract';

/** The part of a JSON Schema that values are made from. */
export interface FuzzSchema extends Schema {
  readonly minLength?: number;
  readonly minItems?: number;
  readonly exclusiveMinimum?: number;
}

const kinds = Object.keys(idPrefixes) as IdKind[];

/** Stands for an id until the request is sent: `{{kind:whose:number}}`. */
export function idToken(kind: IdKind): Arbitrary<string> {
  const whose = fc.oneof(
    { weight: 8, arbitrary: fc.constant('own') },
    { weight: 1, arbitrary: fc.constant('foreign') },
    { weight: 1, arbitrary: fc.constant('unknown') },
  );
  return fc.tuple(whose, fc.nat(40)).map(([owner, number]) => `{{${kind}:${owner}:${number}}}`);
}

const anyIdToken = fc.constantFrom(...kinds).chain(idToken);

const nastyTexts = [
  '',
  ' ',
  '\u0000',
  '\u001b[2J',
  '\ud800',
  '\udfff\ud800',
  '\u202eevil',
  '\ufeffx',
  '\u200b',
  'ﷺ'.repeat(20),
  '👩‍👩‍👧‍👦'.repeat(10),
  'İı',
  'ß'.repeat(150),
  'x'.repeat(300),
  'x'.repeat(5_000),
  'x'.repeat(60_000),
  "'; DROP TABLE ticket; --",
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '%00',
  '%',
  '\\',
  '"',
  '$1',
  '{{x}}',
  '__proto__',
  'constructor',
  'NaN',
  'Infinity',
  'null',
  'true',
  '0',
  '-1',
  '1e309',
  '0x10',
  '१२',
  '2026-02-30',
  '0000-00-00',
  '0000-01-01',
  '0001-01-01',
  '9999-12-31',
  '10000-01-01',
  '-000001-01-01',
  '2026-12-31T23:59:60Z',
  '0001-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59.999-23:59',
  '2026-01-01T00:00:00',
  '2026-01-01T24:00:00Z',
  'Europe/Berlin',
  'UTC+1',
  'Etc/GMT+12',
  'EUR',
  'XXX',
  'a@b',
  'a@b.co',
  '42',
  '999999999999999',
] as const;

const nastyNumbers = [
  0,
  -0,
  -1,
  1,
  0.1,
  1.5,
  1e21,
  1e308,
  -1e308,
  5e-324,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  2 ** 63,
  2 ** 64,
  1_000_000_000_000,
  1_000_000_000_001,
  1440,
  1441,
] as const;

/** One letter, as people count them. Made once: fast-check looks through all of them each time. */
const grapheme = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 });

function graphemes(minLength: number, maxLength: number): Arbitrary<string> {
  return fc.array(grapheme, { minLength, maxLength }).map((letters) => letters.join(''));
}

/** What no schema asked for. */
export const hostile: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...nastyTexts),
  fc.constantFrom<unknown>(...nastyNumbers),
  fc.constantFrom<unknown>(null, true, false, [], {}, [null], [[[[[[]]]]]], { a: { b: { c: { d: {} } } } }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  graphemes(0, 30),
  fc.jsonValue({ maxDepth: 3 }),
  fc.nat(400).map((depth) => nested(depth)),
  fc.nat(3_000).map((length) => new Array<number>(length).fill(1)),
  anyIdToken,
);

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

export function resolved(schema: FuzzSchema): FuzzSchema {
  if (schema.$ref === undefined) return schema;
  const target = schema.$ref
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], document);
  return resolved(target as FuzzSchema);
}

const validOf = new WeakMap<FuzzSchema, Arbitrary<unknown>>();

/** Values the schema allows, at its bounds more often than not. Made once a schema: taking a pattern apart is slow. */
export function valid(given: FuzzSchema): Arbitrary<unknown> {
  const schema = resolved(given);
  const made = validOf.get(schema) ?? allowedBy(schema);
  validOf.set(schema, made);
  return made;
}

function allowedBy(schema: FuzzSchema): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts !== undefined) return fc.oneof(...parts.map(valid));
  const [type = 'null', ...others] =
    typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['object']);
  if (others.length > 0) return fc.oneof(...[type, ...others].map((one) => valid({ ...schema, type: one })));
  switch (type) {
    case 'object':
      return validObject(schema);
    case 'array':
      return fc.array(valid(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? 3, 3)),
      });
    case 'string':
      return validText(schema);
    case 'integer':
    case 'number':
      return validNumber(schema);
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constant(null);
  }
}

function validObject({ properties = {}, required = [] }: FuzzSchema): Arbitrary<unknown> {
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, valid(member)]),
  );
  return fc.record(members, { requiredKeys: [...required], noNullPrototype: true });
}

function validNumber({ minimum, maximum }: FuzzSchema): Arbitrary<unknown> {
  const min = Math.max(minimum ?? -1_000_000, Number.MIN_SAFE_INTEGER);
  const max = Math.min(maximum ?? 1_000_000_000, Number.MAX_SAFE_INTEGER);
  return fc.oneof(
    fc.constantFrom(min, max),
    fc.integer({ min, max: Math.min(max, min + 1_000) }),
    fc.maxSafeInteger().map((any) => Math.min(Math.max(any, min), max)),
  );
}

const instants = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2060-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Dates as far as their form reaches: not every program behind it knows the year 0. */
const dates = fc.oneof(
  { weight: 4, arbitrary: instants.map((text) => text.slice(0, 10)) },
  { weight: 1, arbitrary: fc.constantFrom('0000-01-01', '0001-01-01', '9999-12-31', '2028-02-29') },
);

function validText(schema: FuzzSchema): Arbitrary<string> {
  const kind = kinds.find((name) => schema.pattern?.includes(idPattern(name).source.slice(1, -1)));
  if (kind !== undefined) return idToken(kind);
  switch (schema.format) {
    case 'date-time':
      return instants;
    case 'date':
      return dates;
    case 'email':
      return fc.stringMatching(/^[a-z]{3,12}$/).map((name) => `${name}@customer.test`);
    default:
  }
  const max = schema.maxLength ?? 60;
  const free = fc.oneof(
    graphemes(Math.min(schema.minLength ?? 0, max), Math.min(max, 40)),
    fc.constantFrom('x'.repeat(max), 'é'.repeat(Math.min(max, 200)), 'Ärger mit 🖨️ & <b>'.slice(0, max)),
  );
  if (schema.pattern === undefined) return free;
  const pattern = new RegExp(schema.pattern, 'u');
  return /\\u0000|\\x00/.test(schema.pattern)
    ? free.filter((text) => pattern.test(text))
    : fc.oneof(
        textMatching(pattern),
        fc
          .constantFrom('UTC', 'Europe/Berlin', 'EUR', '#4f6bed', 'DE')
          .filter((text) => pattern.test(text) || text === 'UTC'),
      );
}

const textsMatching = new Map<string, Arbitrary<string>>();

function textMatching(pattern: RegExp): Arbitrary<string> {
  const made = textsMatching.get(pattern.source) ?? fc.stringMatching(pattern);
  textsMatching.set(pattern.source, made);
  return made;
}

/** One change to a body, to one of its members. */
export interface Mutation {
  readonly at: number;
  readonly kind: 'drop' | 'replace' | 'add' | 'wrap';
  readonly value: unknown;
}

export const mutation: Arbitrary<Mutation> = fc.record({
  at: fc.nat(200),
  kind: fc.constantFrom('drop', 'replace', 'replace', 'replace', 'add', 'wrap'),
  value: hostile,
});

/** The body after the change; the members are numbered in the order they stand. */
export function mutated(body: unknown, { at, kind, value }: Mutation): unknown {
  const copy = structuredClone({ body });
  const places: { readonly holder: Record<string, unknown>; readonly name: string }[] = [];
  const visit = (holder: Record<string, unknown>): void => {
    for (const name of Object.keys(holder)) {
      places.push({ holder, name });
      const member = holder[name];
      if (typeof member === 'object' && member !== null) visit(member as Record<string, unknown>);
    }
  };
  visit(copy);
  const place = places[at % places.length];
  if (place === undefined) return value;
  const { holder, name } = place;
  const member = holder[name];
  if (kind === 'drop' && Array.isArray(holder)) holder.splice(Number(name), 1);
  else if (kind === 'drop') delete holder[name];
  else if (kind === 'wrap') holder[name] = [member];
  else if (kind === 'add' && typeof member === 'object' && member !== null && !Array.isArray(member))
    (member as Record<string, unknown>)['unexpected'] = value;
  else holder[name] = value;
  return copy.body;
}
