import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { document, type Operation } from './contract';

/** The part of a JSON Schema that the generators read. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** One member somewhere in a body. */
export interface Member {
  /** RFC 6901, into the body. */
  readonly pointer: string;
  readonly schema: Schema;
  readonly required: boolean;
  /** Whether a schema with alternatives stands above, whose refusal may name the whole. */
  readonly alternative: boolean;
}

/** A body that must be refused, and the member the refusal must name. */
export interface BadBody {
  readonly what: string;
  readonly pointer: string;
  readonly body: unknown;
}

/** The part of a refusal that names members. */
export interface Refusal {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

/** Whether a refusal names the bad member, or what holds it. */
export function namesMember({ errors = [] }: Refusal, pointer: string): boolean {
  return errors.some((error) => error.pointer === pointer || pointer.startsWith(`${error.pointer}/`));
}

/** Stands in every offending text; must never be seen in a log. */
export const marker = 'offending-value';

const ajv = new Ajv2020({ strict: false });
addFormats(ajv);

function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const target = schema.$ref
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], document);
  return resolved(target as Schema);
}

function isNull(schema: Schema): boolean {
  return schema.type === 'null';
}

/** The alternatives a schema offers, null left out. */
function alternatives(schema: Schema): Schema[] {
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts === undefined) return [schema];
  return parts.flatMap((part) => alternatives(resolved(part))).filter((part) => !isNull(part));
}

/** The alternative that the example's value belongs to. */
function chosen(schema: Schema, value: unknown): Schema {
  const parts = alternatives(schema);
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const fits = parts.find((part) =>
    ajv.validate({ ...part, components: document['components' as never] }, value),
  );
  return fits ?? parts[0] ?? schema;
}

/** The schema of an operation's JSON body. */
export function bodySchema(operation: Operation): Schema | undefined {
  const schema = operation.definition.requestBody?.content?.['application/json']?.schema;
  return schema === undefined ? undefined : resolved(schema as Schema);
}

/** Every member of a body, nested ones too; lists by their first item, where the example has one. */
export function membersOf(schema: Schema, example: unknown, pointer = '', alternative = false): Member[] {
  const shape = chosen(resolved(schema), example);
  const below = alternative || alternatives(resolved(schema)).length > 1;
  if (shape.properties !== undefined) {
    return Object.entries(shape.properties).flatMap(([name, member]) => {
      const at = `${pointer}/${name}`;
      const value = (example as Record<string, unknown> | undefined)?.[name];
      return [
        {
          pointer: at,
          schema: resolved(member),
          required: shape.required?.includes(name) === true,
          alternative: below,
        },
        ...membersOf(member, value, at, below),
      ];
    });
  }
  if (shape.items !== undefined) {
    const item = (example as unknown[] | undefined)?.[0];
    const at = `${pointer}/0`;
    return [
      { pointer: at, schema: resolved(shape.items), required: false, alternative: below },
      ...membersOf(shape.items, item, at, below),
    ];
  }
  return [];
}

/** The value at a pointer of the body. */
export function valueAt(body: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], body);
}

/** The body with another value at the pointer; what is missing on the way is made. */
export function withValue(body: unknown, pointer: string, value: unknown): unknown {
  const copy = structuredClone(body ?? {}) as Record<string, unknown>;
  const keys = pointer.split('/').slice(1);
  let node: Record<string, unknown> = copy;
  keys.forEach((key, index) => {
    if (index === keys.length - 1) {
      if (value === undefined) delete node[key];
      else node[key] = value;
      return;
    }
    node[key] ??= /^\d+$/.test(keys[index + 1] ?? '') ? [] : {};
    node = node[key] as Record<string, unknown>;
  });
  return copy;
}

const samples: readonly { readonly type: string; readonly value: unknown }[] = [
  { type: 'boolean', value: true },
  { type: 'integer', value: 12_345 },
  { type: 'number', value: 1.5 },
  { type: 'string', value: marker },
  { type: 'array', value: [marker] },
  { type: 'object', value: { [marker]: marker } },
];

/** JSON types a schema lets through; undefined when it does not say. */
function typesOf(schema: Schema): Set<string> | undefined {
  const types = new Set<string>();
  for (const part of schema.anyOf ?? schema.oneOf ?? [schema]) {
    const shape = resolved(part);
    if (shape.anyOf !== undefined || shape.oneOf !== undefined) {
      for (const type of typesOf(shape) ?? []) types.add(type);
      continue;
    }
    const named = shape.type ?? (shape.enum ?? [shape.const]).map((value) => typeof value);
    for (const type of typeof named === 'string' ? [named] : named) types.add(type);
  }
  if (types.has('undefined')) return undefined;
  if (types.has('number')) types.add('integer');
  return types;
}

/** Text that a caller makes up: no enumeration, no constant. */
function isOpenText(part: Schema): boolean {
  return part.type === 'string' && part.enum === undefined && part.const === undefined;
}

/** Never stored as text and never shown, so any text will do: only a slow hash of it is kept. */
function isSecret(pointer: string): boolean {
  return pointer.endsWith('/password');
}

/** Whether people write it freely: no ids, enumerations or formats. */
export function isFreeText({ pointer, schema }: Member): boolean {
  return (
    !isSecret(pointer) && alternatives(schema).some((part) => isOpenText(part) && (part.maxLength ?? 0) >= 30)
  );
}

function badValues(member: Member, example: unknown): { what: string; value: unknown }[] {
  const { schema } = member;
  const types = typesOf(schema);
  const bad: { what: string; value: unknown }[] = [];
  if (types !== undefined) {
    const wrong = samples.filter(({ type }) => !types.has(type));
    bad.push(...wrong.map(({ type, value }) => ({ what: `${type} for ${[...types].join('|')}`, value })));
    if (!types.has('null')) bad.push({ what: 'null', value: null });
  }
  const longest = Math.max(...alternatives(schema).map((part) => part.maxLength ?? 0)) || 70_000;
  if (alternatives(schema).some(isOpenText)) {
    bad.push({ what: 'too long a text', value: 'x'.repeat(longest + 1) });
  }
  if (alternatives(schema).some(isOpenText) && !isSecret(member.pointer)) {
    bad.push(
      { what: 'NUL', value: `${marker}\u0000` },
      { what: 'a control character', value: `${marker}\u001b[2J` },
      { what: 'half a surrogate pair', value: `${marker}\ud800` },
    );
    if (!isFreeText(member)) {
      bad.push({ what: 'SQL', value: `${marker}'; DROP TABLE ticket; --` });
      bad.push({ what: 'script', value: `<script>alert('${marker}')</script>` });
    }
  }
  for (const part of alternatives(schema)) {
    if (part.type === 'array') {
      const [item = null] = Array.isArray(example) ? (example as unknown[]) : [];
      const value: unknown[] = new Array((part.maxItems ?? 10_000) + 1).fill(item);
      bad.push({ what: 'too long a list', value });
    }
    if (part.type === 'integer' || part.type === 'number') {
      bad.push({ what: 'too high a number', value: (part.maximum ?? Number.MAX_SAFE_INTEGER) + 1 });
      bad.push({ what: 'too low a number', value: (part.minimum ?? Number.MIN_SAFE_INTEGER) - 1 });
    }
    if (part.enum !== undefined || part.const !== undefined)
      bad.push({ what: 'a value of no enumeration', value: marker });
  }
  return bad;
}

/** Bodies that differ from the example in one bad member each. */
export function badBodies(schema: Schema, example: unknown): BadBody[] {
  const members = membersOf(schema, example);
  const objects = [
    '',
    ...members.filter((member) => isObjectOf(member, example)).map(({ pointer }) => pointer),
  ];
  const bad: BadBody[] = objects.map((pointer) => ({
    what: 'an unknown member',
    pointer: `${pointer}/unexpectedMember`,
    body: withValue(example, `${pointer}/unexpectedMember`, marker),
  }));
  for (const member of members) {
    const { pointer } = member;
    if (member.required) {
      bad.push({ what: 'nothing', pointer, body: withValue(example, pointer, undefined) });
    }
    for (const { what, value } of badValues(member, valueAt(example, pointer))) {
      bad.push({ what, pointer, body: withValue(example, pointer, value) });
    }
  }
  return bad;
}

function isObjectOf(member: Member, example: unknown): boolean {
  const value = valueAt(example, member.pointer);
  const shape = chosen(member.schema, value);
  return shape.properties !== undefined && typeof value === 'object' && value !== null;
}

/** Texts without any upper bound, which would let a caller fill the database. */
export function boundlessMembers(schema: Schema, example: unknown): string[] {
  return membersOf(schema, example)
    .filter((member) =>
      alternatives(member.schema).some(
        (part) =>
          (part.type === 'array' && part.maxItems === undefined) ||
          (isOpenText(part) &&
            part.maxLength === undefined &&
            part.pattern === undefined &&
            part.format === undefined),
      ),
    )
    .map(({ pointer }) => pointer);
}
