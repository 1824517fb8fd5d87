import { readFileSync } from 'node:fs';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { openApiDocument } from '../../api/openapi/document';
import { routes } from '../../api/routes';
import { addresses } from './addresses';

interface MediaType {
  readonly schema?: unknown;
}

interface HeaderObject {
  readonly required?: boolean;
}

interface ResponseObject {
  readonly headers?: Readonly<Record<string, HeaderObject>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

/** What stands in the document once, at its components. */
interface Reference {
  readonly $ref: string;
}

interface OperationObject {
  readonly operationId?: string;
  /** Empty where no credentials are needed. */
  readonly security?: readonly unknown[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, MediaType>> };
  readonly responses?: Readonly<Record<string, ResponseObject | Reference>>;
}

/** One operation of the OpenAPI document. */
export interface Operation {
  readonly operationId: string;
  readonly method: string;
  /** As in the document, `/v1/contacts/{contactId}`. */
  readonly path: string;
  readonly definition: OperationObject;
}

/** What came back, as the checks need it. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

const documentFile = addresses.openApiDocument.find();
/** What the build wrote where it is that of the present sources, as the API serves it; else made here. */
const documentText =
  documentFile === undefined ? JSON.stringify(openApiDocument(routes)) : readFileSync(documentFile, 'utf8');

/** As clients read it: the document goes through JSON, as `/openapi.json` does. */
export const document = JSON.parse(documentText) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
};

/** Every operation of the document. */
export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, definition]) => ({
    operationId: definition.operationId ?? '',
    method,
    path,
    definition,
  })),
);

const patterns = Object.keys(document.paths)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }))
  // A literal segment wins over a parameter, as in OpenAPI 3.1 §4.8.8.2.
  .sort((left, right) => left.path.split('{').length - right.path.split('{').length);

/** The path template an address belongs to. */
export function templateOf(address: string): string | undefined {
  const path = address.split('?')[0] ?? '';
  return patterns.find(({ pattern }) => pattern.test(path))?.path;
}

/** The operation that answers a request, if the document has one. */
export function operationOf(method: string, address: string): Operation | undefined {
  const path = templateOf(address);
  return operations.find((operation) => operation.path === path && operation.method === method.toLowerCase());
}

const documentId = 'https://keepdesk.test/openapi.json';

interface Validators {
  readonly documentText: string;
  readonly ajv: Ajv2020;
  readonly compiled: Map<string, ValidateFunction>;
}

/** The test files of a process share the package (test-environment.cjs), so they compile a schema once for all of them. */
const shared = Ajv2020 as typeof Ajv2020 & { keepdeskValidators?: Validators };
if (shared.keepdeskValidators?.documentText !== documentText) {
  shared.keepdeskValidators = { documentText, ajv: newAjv(), compiled: new Map() };
}
const { ajv, compiled } = shared.keepdeskValidators;

function newAjv(): Ajv2020 {
  const made = new Ajv2020({ strict: true, allErrors: true });
  addFormats(made);
  made.addVocabulary(['openapi', 'info', 'paths', 'components', 'discriminator', 'example']);
  made.addSchema(document, documentId);
  return made;
}

/** Compiled once for each schema, not for each of the thousand places that refer to it. */
function validatorOf(segments: readonly string[]): ValidateFunction {
  const schema = segments.reduce<unknown>(
    (node, key) => (node as Readonly<Record<string, unknown>>)[key],
    document,
  ) as { readonly $ref?: string };
  const pointer =
    schema.$ref ??
    `#/${segments.map((segment) => segment.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
  let validate = compiled.get(pointer);
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `${documentId}${encodeURI(pointer)}` });
    compiled.set(pointer, validate);
  }
  return validate;
}

/** Why the body of a request is not what the document asks for; empty when it is. */
export function requestProblems(operation: Operation, body: unknown): string[] {
  const { path, method } = operation;
  const validate = validatorOf([
    'paths',
    path,
    method,
    'requestBody',
    'content',
    'application/json',
    'schema',
  ]);
  return validate(body) ? [] : ajv.errorsText(validate.errors, { separator: '\n' }).split('\n');
}

/** What a reference stands for; anything else is itself. */
function resolved<Value extends object>(value: Value | Reference): Value {
  if (!('$ref' in value)) return value;
  const segments = value.$ref.replace('#/', '').split('/');
  return segments.reduce<unknown>(
    (node, key) => (node as Readonly<Record<string, unknown>>)[key],
    document,
  ) as Value;
}

/** Where a response stands in the document. */
function placeOf({ path, method }: Operation, status: string, response: object): readonly string[] {
  if ('$ref' in response) return String(response.$ref).replace('#/', '').split('/');
  return ['paths', path, method, 'responses', status];
}

/** The headers of ours that an answer may carry only where the document says so. */
const ourHeaders = [
  'Allow',
  'Content-Disposition',
  'ETag',
  'Idempotency-Replayed',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
];

function headerProblems(documented: ResponseObject, { headers, status }: RawAnswer): string[] {
  const known = documented.headers ?? {};
  const missing = Object.entries(known).flatMap(([name, header]) =>
    resolved(header).required === true && !headers.has(name)
      ? [`${status} comes without the header ${name}`]
      : [],
  );
  const unknown = ourHeaders.filter((name) => headers.has(name) && known[name] === undefined);
  return [...missing, ...unknown.map((name) => `${status} has the header ${name}, which is not documented`)];
}

/** Everything in an answer that the document does not say; empty when there is nothing to complain about. */
export function answerProblems(operation: Operation, answer: RawAnswer): string[] {
  const status = String(answer.status);
  const written = operation.definition.responses?.[status];
  if (written === undefined) return [`the status ${status} is not documented`];
  const documented = resolved(written);
  const problems = headerProblems(documented, answer);
  return problems.length > 0 ? problems : bodyProblems(operation, answer, written);
}

function bodyProblems(
  operation: Operation,
  answer: RawAnswer,
  written: ResponseObject | Reference,
): string[] {
  const status = String(answer.status);
  const documented = resolved(written);
  const contentType = answer.headers.get('content-type')?.split(';')[0];
  const content = documented.content;
  if (content === undefined) {
    return answer.text === '' ? [] : [`${status} has a body, the document says it has none`];
  }
  if (contentType === undefined || content[contentType] === undefined) {
    const named = Object.keys(content).join(' or ');
    return [`${status} came as ${contentType ?? 'nothing'}, the document says ${named}`];
  }
  if (contentType === 'text/event-stream') return eventStreamProblems(answer.text);
  if (!contentType.endsWith('json')) return [];
  const validate = validatorOf([...placeOf(operation, status, written), 'content', contentType, 'schema']);
  if (validate(answer.body)) return entityTagProblems(answer);
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath || '/'} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
  );
}

/** What each frame of a stream holds, by the words of its description: a cursor and a FeedEvent. */
export function eventStreamProblems(text: string): string[] {
  const validate = validatorOf(['components', 'schemas', 'FeedEvent']);
  return framesOf(text).flatMap(({ id, data }) => {
    if (data === undefined) return [];
    const event = JSON.parse(data) as { cursor?: unknown };
    if (!validate(event)) return [ajv.errorsText(validate.errors)];
    return event.cursor === id ? [] : [`the frame ${id} holds the event ${String(event.cursor)}`];
  });
}

/** The complete frames of a stream of server-sent events; comments are none. */
export function framesOf(text: string): { readonly id?: string; readonly data?: string }[] {
  const frames = text.split('\n\n').slice(0, -1);
  return frames.flatMap((frame) => {
    const fields = frame.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line));
    const members = Object.fromEntries(fields.flatMap((field) => (field ? [[field[1], field[2]]] : [])));
    return Object.keys(members).length === 0 ? [] : [members as { id?: string; data?: string }];
  });
}

/** A record with a version carries it as its ETag, and nothing else carries one (spec.md §12). */
function entityTagProblems({ status, headers, body }: RawAnswer): string[] {
  if (status >= 400) return [];
  const version = (body as { version?: unknown } | null)?.version;
  const expected = typeof version === 'number' ? `"v${version}"` : null;
  const tag = headers.get('etag');
  return tag === expected ? [] : [`the ETag is ${tag}, the version says ${expected}`];
}

/** What every refusal keeps to, documented or not (RFC 9457, spec.md §12). */
export function refusalProblems({ status, headers, body }: RawAnswer): string[] {
  if (status < 400) return [];
  const problems: string[] = [];
  const contentType = headers.get('content-type')?.split(';')[0];
  if (contentType !== 'application/problem+json') problems.push(`a refusal came as ${contentType}`);
  const validate = validatorOf(['components', 'schemas', 'Problem']);
  if (!validate(body)) {
    problems.push(ajv.errorsText(validate.errors));
    return problems;
  }
  const problem = body as {
    status: number;
    type: string;
    code: string;
    instance: string;
    errors?: { pointer: string }[];
  };
  if (problem.status !== status) problems.push(`the problem says ${problem.status}, the answer ${status}`);
  if (!problem.type.endsWith(`#${problem.code}`))
    problems.push(`the type ${problem.type} names another code`);
  if (problem.instance !== headers.get('x-request-id')) problems.push('the instance is not the request id');
  for (const { pointer } of problem.errors ?? []) {
    if (!/^(\/([^~/]|~[01])*)*$/.test(pointer)) problems.push(`${pointer} is no JSON pointer`);
  }
  return problems;
}
