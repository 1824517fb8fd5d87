import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { type ErrorCode, errorCodes } from '../../domain/shared/errors';
import { listQuerySchema } from '../list-query';
import { locationOf } from '../locations';
import { problemKinds } from '../problems';
import type { Route } from '../route';
import { refusalHeaders, successHeaders, unchangedHeaders } from './response-headers';

const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'Where the problem is described; ends in its code.' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().meta({ description: 'The request id, as in the logs and events.' }),
    code: z.enum(errorCodes),
    retryable: z.boolean(),
    errors: z
      .array(z.strictObject({ pointer: z.string(), code: z.string(), detail: z.string() }))
      .optional()
      .meta({ description: 'One entry for each bad field, with an RFC 6901 pointer.' }),
    state: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'What the request lost against.' }),
    retryAfterSeconds: z.int().min(0).max(86_400).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

/** What is refused before a request is read, whatever it was for (`api/protocol-refusals.ts`). */
const ofConnections: readonly ErrorCode[] = ['malformed_request', 'request_timeout', 'headers_too_large'];

/** The refusals every operation of a kind can give, so that a route names only what is its own. */
function refusalsOf(route: Route): ErrorCode[] {
  const codes: ErrorCode[] = [
    ...ofConnections,
    'validation_failed',
    'internal_error',
    'database_unavailable',
    ...(route.refusals ?? []),
  ];
  if (route.always !== true) codes.push('overloaded');
  if (route.access !== 'public') codes.push('unauthenticated', 'forbidden', 'rate_limited');
  if (route.path.includes('{')) codes.push('not_found');
  if (route.body !== undefined) codes.push('malformed_json', 'payload_too_large', 'unsupported_media_type');
  if (route.method === 'post' || route.decision === true)
    codes.push('idempotency_key_reused', 'idempotency_key_in_use');
  if (route.method !== 'get' && route.access !== 'public') codes.push('already_exists', 'still_referenced');
  if (route.guarded === true) codes.push('precondition_failed');
  if (route.decision === true) codes.push('temporal_unavailable', 'decision_lost');
  return [...new Set(codes)];
}

const refusalResponses = new Map<string, ZodOpenApiResponseObject>();

/** The refusal by one of these codes, which have one status; stands in the document once, whoever gives it. */
function refusalResponse(status: number, codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  const id = codes.join('.');
  let response = refusalResponses.get(id);
  if (response === undefined) {
    response = {
      id,
      headers: refusalHeaders(status),
      description: codes.map((code) => `\`${code}\`: ${problemKinds[code].title}.`).join(' '),
      content: { 'application/problem+json': { schema: problemSchema } },
    };
    refusalResponses.set(id, response);
  }
  return response;
}

function problemResponses(route: Route): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(refusalsOf(route).toSorted(), (code) => problemKinds[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [String(status), refusalResponse(status, codes)]),
  );
}

function successResponses(route: Route, located: boolean): ZodOpenApiResponsesObject {
  const answers = [route.answers, ...(route.alsoAnswers ?? [])];
  const unchanged = answersUnchanged(route)
    ? {
        '304': {
          description: 'The record is still the one of `If-None-Match`.',
          headers: unchangedHeaders(),
        },
      }
    : {};
  const documented = Object.fromEntries(
    answers.map((answer) => {
      const contentType =
        'contentType' in answer && typeof answer.contentType === 'string'
          ? answer.contentType
          : 'application/json';
      return [
        String(answer.status),
        {
          description: answer.description,
          headers: successHeaders(route, answer, located),
          ...(answer.schema === undefined ? {} : { content: { [contentType]: { schema: answer.schema } } }),
        },
      ];
    }),
  );
  return { ...documented, ...unchanged };
}

/** A single record with a version, whose reader may ask whether it has changed. */
function answersUnchanged({ method, live, answers }: Route): boolean {
  const { schema } = answers;
  return method === 'get' && live !== true && schema instanceof z.ZodObject && 'version' in schema.shape;
}

function headerSchema(route: Route): z.ZodObject | undefined {
  const members: Record<string, z.ZodType> = {};
  if ((route.method === 'post' && route.access !== 'public') || route.decision === true) {
    members['Idempotency-Key'] = z
      .string()
      .max(255)
      .optional()
      .meta({ description: 'The same key and body give the same answer and one effect.' });
  }
  if (route.guarded === true) {
    members['If-Match'] = z
      .string()
      .optional()
      .meta({ description: 'The ETag the change is based on; 412 when it moved on.' });
  }
  if (route.resumable === true) {
    members['Last-Event-ID'] = z
      .string()
      .max(100)
      .optional()
      .meta({ description: 'The `id` of the last event that arrived; goes before `after` in the address.' });
  }
  if (route.waits === true) {
    members.Prefer = z
      .string()
      .optional()
      .meta({ description: '`wait=N`: the answer may take up to N seconds, 30 at most (RFC 7240).' });
  }
  if (answersUnchanged(route)) {
    members['If-None-Match'] = z
      .string()
      .optional()
      .meta({ description: 'The ETag of the record as it was read; 304 while it is the same.' });
  }
  return Object.keys(members).length === 0 ? undefined : z.object(members);
}

function operationOf(route: Route, located: boolean): ZodOpenApiOperationObject {
  const query = route.list === undefined ? route.query : listQuerySchema(route.list);
  const header = headerSchema(route);
  const access =
    route.access === 'public'
      ? 'Needs no credentials.'
      : `Roles: ${route.access.roles.join(', ')}. Scope of an API key: \`${route.access.scope}\`.`;
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: [route.description, access].filter(Boolean).join('\n\n'),
    tags: [route.tag],
    security: route.access === 'public' ? [] : [{ bearer: [] }],
    requestParams: {
      ...(route.params === undefined ? {} : { path: route.params }),
      ...(query === undefined ? {} : { query }),
      ...(header === undefined ? {} : { header }),
    },
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: !route.body.safeParse({}).success,
            content: {
              'application/json': { schema: route.body },
              ...(route.bodyType === undefined ? {} : { [String(route.bodyType)]: { schema: z.string() } }),
            },
          },
        }),
    responses: { ...successResponses(route, located), ...problemResponses(route) },
  };
}

type Document = ReturnType<typeof createDocument>;

const documents = new WeakMap<readonly Route[], Document>();

/** The OpenAPI 3.1 document, made from the declarations that route and validate (spec.md §12); once for each list of routes. */
export function openApiDocument(routes: readonly Route[]): Document {
  let document = documents.get(routes);
  if (document === undefined) {
    document = documentOf(routes);
    documents.set(routes, document);
  }
  return document;
}

function documentOf(routes: readonly Route[]): Document {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const located = locationOf(route, routes) !== undefined;
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route, located) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Keepdesk',
      version: '1.0.0',
      description:
        'A helpdesk that keeps its promises and its books. Durations are integer minutes, money integer minor units, instants UTC.',
    },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A login token or an API key.' },
      },
    },
  });
}
