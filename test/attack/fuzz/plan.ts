import fc, { type Arbitrary } from 'fast-check';
import type { Route } from '../../../api/route';
import { bodySchema } from '../../support/bad-bodies';
import { type Operation, operations } from '../../support/contract';
import type { Example } from '../../support/examples';
import { type FuzzSchema, hostile, idToken, mutated, mutation, resolved, valid } from './arbitraries';

export const callerNames = [
  'admin',
  'manager',
  'agent',
  'finance',
  'key',
  'foreign',
  'nobody',
  'garbage',
] as const;
export type CallerName = (typeof callerNames)[number];

/** One request, and what is asked after it. Ids are tokens, so that it can be printed and sent again. */
export interface Plan {
  readonly operationId: string;
  readonly method: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: readonly (readonly [string, string])[];
  /** The text of the body as it is sent. */
  readonly body: string | undefined;
  readonly caller: CallerName;
  /** Whether the same request is sent once more, or the record asked for again by its ETag. */
  readonly again: boolean;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: FuzzSchema;
}

/** Every operation as the document has it, beside the route that declares it. */
export function operationOfRoute(route: Route): Operation {
  const found = operations.find(({ operationId }) => operationId === route.operationId);
  if (found === undefined) throw new Error(`${route.operationId} is not in the document`);
  return found;
}

function parametersOf(operation: Operation, place: string): Parameter[] {
  const { parameters = [] } = operation.definition as { readonly parameters?: readonly Parameter[] };
  return parameters.filter((parameter) => parameter.in === place);
}

/** The query parameters the document knows. */
export function queryParametersOf(operation: Operation): Parameter[] {
  return parametersOf(operation, 'query');
}

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY', 'TRACE'];

const headerValues: Readonly<Record<string, Arbitrary<string>>> = {
  'If-Match': fc.constantFrom(
    '"v1"',
    '"v2"',
    '*',
    '"v0"',
    '"v99999999999"',
    'W/"v1"',
    '"v1", "v1"',
    'v1',
    '',
    '"',
  ),
  'If-None-Match': fc.constantFrom('"v1"', '*', 'W/"v1"', '"v2", "v1"', '', '"'),
  Prefer: fc.constantFrom(
    'wait=0',
    'respond-async',
    'wait=1, wait=0',
    'wait=-1',
    'wait',
    'wait=x',
    ',;=wait=0',
    'return=minimal',
  ),
  'Idempotency-Key': fc.oneof(
    fc.uuid(),
    fc.constantFrom('', ' ', 'two words', 'x'.repeat(255), 'x'.repeat(256), 'é', '"quoted"', 'shared-key'),
  ),
  'Content-Type': fc.constantFrom(
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=utf-16',
    'application/json; charset=',
    'text/plain',
    'text/calendar',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'APPLICATION/JSON',
    '',
  ),
  'Content-Encoding': fc.constantFrom('gzip', 'deflate', 'br', 'identity', 'x'),
  Accept: fc.constantFrom('*/*', 'text/html', 'application/xml', ''),
  'X-Request-Id': fc.constantFrom('short', 'x'.repeat(101), 'aaaaaaaa', '<script>', 'a b c d e f'),
  Range: fc.constantFrom('bytes=0-1', 'bytes=9999-', 'x'),
  Expect: fc.constantFrom('100-continue'),
  Authorization: fc.constantFrom('Bearer', 'Bearer ', 'Basic eDp5', 'bearer x', `Bearer ${'x'.repeat(300)}`),
};

const headers = fc.oneof(
  { weight: 5, arbitrary: fc.constant([] as (readonly [string, string])[]) },
  {
    weight: 3,
    arbitrary: fc.array(
      fc
        .constantFrom(...Object.keys(headerValues))
        .chain((name) => fc.tuple(fc.constant(name), headerValues[name] ?? fc.constant(''))),
      { minLength: 1, maxLength: 3 },
    ),
  },
);

const deepLists = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const deepObjects = `{"a":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`;
const manyMembers = JSON.stringify(
  Object.fromEntries(Array.from({ length: 5_000 }, (_unused, index) => [`m${index}`, index])),
);

/** Texts that are no JSON, or JSON no serialiser writes. */
export const brokenTexts: readonly ((text: string) => string)[] = [
  (text) => text.slice(0, -1),
  (text) => `${text}x`,
  (text) => `\ufeff${text}`,
  (text) => text.replace('{', '{"a":1,"a":2,'),
  (text) => text.replace(/"[^"]*"/, 'NaN'),
  (text) => text.replace('{', '{"__proto__":{"polluted":1},'),
  (text) => text.replaceAll('"', "'"),
  () => '',
  () => 'null',
  () => '[]',
  () => '-',
  () => '1e999',
  () => deepLists,
  () => deepObjects,
  () => '"\\ud800"',
  () => manyMembers,
];

function body(operation: Operation, example: Example): Arbitrary<string | undefined> {
  const schema = bodySchema(operation);
  if (schema === undefined) return fc.constantFrom(undefined, undefined, undefined, '{}', 'null', 'x');
  const examples = [example.body, ...(example.otherBodies ?? [])];
  const sound = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...examples) },
    { weight: 2, arbitrary: valid(schema) },
    { weight: 3, arbitrary: varied(schema, examples) },
  );
  const bent = fc
    .tuple(sound, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => changes.reduce(mutated, value));
  return fc.oneof(
    { weight: 5, arbitrary: sound.map((value) => JSON.stringify(value)) },
    { weight: 4, arbitrary: bent.map((value) => JSON.stringify(value) ?? 'null') },
    {
      weight: 1,
      arbitrary: fc
        .tuple(sound, fc.constantFrom(...brokenTexts))
        .map(([value, broken]) => broken(JSON.stringify(value))),
    },
  );
}

/** An example in which some members are other allowed ones. */
function varied(schema: FuzzSchema, examples: readonly unknown[]): Arbitrary<unknown> {
  const { properties } = resolved(schema);
  if (properties === undefined) return fc.constantFrom(...examples);
  const others = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, valid(member)])),
    { requiredKeys: [], noNullPrototype: true },
  );
  const few = fc.tuple(
    others,
    fc.array(fc.constantFrom(...Object.keys(properties)), { minLength: 1, maxLength: 2 }),
  );
  return fc.tuple(fc.constantFrom(...examples), few).map(([example, [values, names]]) => {
    const chosen = Object.entries(values).filter(([name]) => names.includes(name));
    return { ...Object(example), ...Object.fromEntries(chosen) } as unknown;
  });
}

function texts(arbitrary: Arbitrary<unknown>): Arbitrary<string> {
  return arbitrary.map((value) =>
    (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 3_000),
  );
}

function query(operation: Operation): Arbitrary<readonly (readonly [string, string])[]> {
  const known = queryParametersOf(operation);
  const soundPair =
    known.length === 0
      ? []
      : [
          fc
            .constantFrom(...known)
            .chain(({ name, schema }) => fc.tuple(fc.constant(name), texts(valid(schema)))),
        ];
  const names = fc.oneof(
    fc.constantFrom(...known.map(({ name }) => name), 'unexpected', '__proto__', 'limit', 'cursor'),
    fc.string({ maxLength: 8 }),
  );
  const bentPair = fc.tuple(names, texts(hostile));
  if (soundPair.length === 0)
    return fc.oneof(
      { weight: 9, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(bentPair, { maxLength: 2 }) },
    );
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 5, arbitrary: fc.array(fc.oneof(...soundPair), { minLength: 1, maxLength: 3 }) },
    { weight: 3, arbitrary: fc.array(fc.oneof(...soundPair, bentPair), { minLength: 1, maxLength: 4 }) },
  );
}

function params(operation: Operation, example: Example): Arbitrary<Record<string, string>> {
  const members = parametersOf(operation, 'path').map(({ name, schema }) => {
    const known = fc.constant(example.params?.[name] ?? '');
    const arbitrary = fc.oneof(
      { weight: 5, arbitrary: known },
      { weight: 4, arbitrary: texts(valid(schema)) },
      { weight: 1, arbitrary: texts(hostile) },
      { weight: 1, arbitrary: idToken('ticket') },
    );
    return [name, arbitrary] as const;
  });
  return fc.record(Object.fromEntries(members), { noNullPrototype: true });
}

/** Requests to one operation: mostly what it asks for, often nearly that, sometimes nothing like it. */
export function planOf(route: Route, example: Example, allowed: readonly CallerName[]): Arbitrary<Plan> {
  const operation = operationOfRoute(route);
  const own = operation.method.toUpperCase();
  return fc.record({
    operationId: fc.constant(route.operationId),
    method: fc.oneof(
      { weight: 24, arbitrary: fc.constant(own) },
      { weight: 1, arbitrary: fc.constantFrom(...methods) },
    ),
    params: params(operation, example),
    query: query(operation),
    headers,
    body: body(operation, example),
    caller: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...allowed) },
      { weight: 2, arbitrary: fc.constantFrom(...callerNames) },
    ),
    again: fc.boolean(),
  });
}
