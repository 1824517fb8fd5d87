import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { DomainError } from '../domain/shared/errors';
import { authenticate, type Identity, recall } from '../services/access/authenticate';
import type { Context } from '../services/context';
import { nextTurn, turnIsOver } from '../services/turn';
import { contentOf } from './content';
import { listQuerySchema, toPageQuery } from './list-query';
import { filledLocation, locationOf } from './locations';
import { Admission, type Admitted } from './middleware/admission';
import { bodyReader } from './middleware/request-body';
import {
  type CallerInDoubt,
  commandOf,
  contextOf,
  expectedVersionOf,
  mayCall,
  namesTag,
  requireAccess,
  waitMsOf,
} from './middleware/request-context';
import { subjectOf } from './middleware/request-subject';
import { parsePart } from './parse';
import type { Route, RouteAnswer, RouteRequest } from './route';
import type { Services } from './services';

/** An address that takes no query refuses every member of one by name. */
const noQuery = z.strictObject({});

/** Every declared route, in front of which nothing else decides who may call. */
export function createRouter(routes: readonly Route[], services: Services): RequestHandler {
  const routers = routersOf(routes, services);
  return (request, response, next) => {
    const router = routers.get(resourceOf(request.path));
    if (router === undefined) next();
    else router(request, response, next);
  };
}

/** A router for each resource, so that a request is compared with the routes of its own alone. */
export function routersOf(routes: readonly Route[], services: Services): ReadonlyMap<string, Router> {
  const admissions = admissionsOf(services);
  const byResource = Map.groupBy(routes, ({ path }) => resourceOf(path));
  return new Map([...byResource].map(([resource, own]) => [resource, routerOf(own, services, admissions)]));
}

/** The part of an address in which its resource is named: `/v1/tickets`, `/healthz`. */
function resourceOf(path: string): string {
  return path.split('/', 3).join('/');
}

function routerOf(
  routes: readonly Route[],
  services: Services,
  admissions: ReturnType<typeof admissionsOf>,
): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const methodsByPath = new Map<string, string[]>();
  for (const route of routes) {
    const path = expressPath(route.path);
    methodsByPath.set(path, [...(methodsByPath.get(path) ?? []), route.method.toUpperCase()]);
    router[route.method](path, handlerOf(route, locationOf(route, routes), services, admissions));
  }
  // `/v1/tickets/bulk` answers for its own methods before `/v1/tickets/:ticketId` does.
  const literalFirst = [...methodsByPath].sort(
    ([left], [right]) => parameterCount(left) - parameterCount(right),
  );
  for (const [path, methods] of literalFirst) {
    router.all(path, (_request: Request, response: Response) => {
      response.setHeader('Allow', methods.join(', '));
      throw new DomainError('method_not_allowed', `This address supports ${methods.join(', ')}.`);
    });
  }
  return router;
}

/** OpenAPI's `{name}` as Express writes it. */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function parameterCount(path: string): number {
  return path.split('/:').length - 1;
}

/** What waits for a workflow has places of its own, so that it never takes those of facts and reads. */
function admissionsOf(services: Services) {
  const limit = () => services.environment.REQUESTS_AT_ONCE;
  return { waiting: new Admission(limit), others: new Admission(limit) };
}

function handlerOf(
  route: Route,
  location: string | undefined,
  services: Services,
  admissions: ReturnType<typeof admissionsOf>,
) {
  const querySchema = route.list === undefined ? (route.query ?? noQuery) : listQuerySchema(route.list);
  const readBody = bodyReader(route);
  const serve = async (
    request: Request,
    response: Response,
    next: NextFunction,
    admitted?: Admitted,
    identity?: Identity,
    unconfirmed?: CallerInDoubt,
  ): Promise<void> => {
    if (identity !== undefined && route.access !== 'public') {
      response.locals.identity = identity;
      const { state: limit, refusal } = await services.rateLimits.countRequest(identity.credentialId);
      response.setHeader('RateLimit-Policy', `"requests";q=${limit.limit};w=${limit.windowSeconds}`);
      response.setHeader('RateLimit', `"requests";r=${limit.remaining};t=${limit.resetSeconds}`);
      if (refusal !== undefined) throw refusal;
      requireAccess(identity, route.access);
      while (turnIsOver()) await nextTurn();
    }
    if (route.body !== undefined) {
      admitted?.pause();
      await readBody(request, response);
      admitted?.resume();
    }
    const params = route.params === undefined ? undefined : parsePart('path', route.params, request.params);
    const query = parsePart('query', querySchema, { ...request.query });
    const body = route.body === undefined ? undefined : parsePart('body', route.body, request.body);
    const command =
      identity !== undefined && (route.method === 'post' || route.decision === true)
        ? commandOf(request, identity, route.decision === true)
        : null;
    const context =
      identity === undefined
        ? undefined
        : contextOf(identity, response.locals.requestId as string, command, services.database, unconfirmed);
    response.locals.subject = subjectOf(command?.commandId, params, body);
    let signal: AbortSignal | undefined;
    const input: RouteRequest<unknown, unknown, unknown> = {
      context: context as Context,
      params,
      query,
      body,
      page:
        route.list === undefined ? { limit: 0, filters: {} } : toPageQuery(query as Record<string, string>),
      expectedVersion: expectedVersionOf(request.get('if-match')),
      waitMs: waitMsOf(request.get('prefer')),
      lastEventId: route.resumable === true ? request.get('last-event-id') : undefined,
      services,
      identity: identity as Identity,
      requestId: response.locals.requestId as string,
      get address() {
        return request.ip ?? '';
      },
      get signal() {
        signal ??= AbortSignal.any([signalOf(response), services.ending]);
        return signal;
      },
    };
    response.locals.command = command;
    const answer = await route.handle(input as RouteRequest<never, never, never>);
    response.locals.failures = answer.failures;
    // A stream of events may last for hours, and has limits of its own.
    if (answer.body instanceof Readable) admitted?.leave();
    response.locals.subject = subjectOf(command?.commandId, params, body, answer.body);
    if (response.headersSent) return next();
    const { id } = Object(answer.body) as { readonly id?: unknown };
    if (location !== undefined && (answer.status ?? route.answers.status) === 201 && typeof id === 'string') {
      response.setHeader('Location', filledLocation(location, request.params, id));
    }
    await send(route, request, response, answer, command?.replayed === true);
  };
  const handle = async (
    request: Request,
    response: Response,
    next: NextFunction,
    admitted?: Admitted,
  ): Promise<void> => {
    const { access } = route;
    if (access === 'public') return serve(request, response, next, admitted);
    const authorization = request.get('authorization');
    const lookUp = (): Promise<Identity> => authenticate(services.database, authorization);
    const remembered = route.confirmsCaller === true ? recall(services.database, authorization) : undefined;
    if (remembered === undefined || !mayCall(remembered.identity, access)) {
      return serve(request, response, next, admitted, await lookUp());
    }
    const { identity, secretHash } = remembered;
    const confirm = async (): Promise<Identity> => {
      const present = await lookUp();
      requireAccess(present, access);
      return present;
    };
    const { credentialKind } = identity;
    try {
      await serve(request, response, next, admitted, identity, { credentialKind, secretHash, confirm });
    } catch (error) {
      // A credential that has ended is told so, whatever else there is to refuse.
      if (!response.headersSent) await confirm();
      throw error;
    }
  };
  const ofWorkflow = route.decision === true || route.refusals?.includes('temporal_unavailable') === true;
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const waits = ofWorkflow || waitMsOf(request.get('prefer')) > 0;
    if (route.always === true) return handle(request, response, next);
    const admitted = (waits ? admissions.waiting : admissions.others).enter();
    try {
      await handle(request, response, next, admitted);
    } finally {
      admitted.leave();
    }
  };
}

/** Aborted when the client is gone; made only for those that ask, since most are answered before. */
function signalOf(response: Response): AbortSignal {
  const abort = new AbortController();
  if (response.closed) abort.abort();
  else response.once('close', () => abort.abort());
  return abort.signal;
}

async function send(
  route: Route,
  request: Request,
  response: Response,
  answer: RouteAnswer,
  replayed: boolean,
): Promise<void> {
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (replayed) response.setHeader('Idempotency-Replayed', 'true');
  const version = (answer.body as { version?: unknown } | undefined)?.version;
  if (typeof version === 'number') {
    const tag = `"v${version}"`;
    response.setHeader('ETag', tag);
    if (route.method === 'get' && route.live !== true && namesTag(request.get('if-none-match'), tag)) {
      response.status(304).end();
      return;
    }
  }
  response.status(answer.status ?? route.answers.status);
  if (answer.body instanceof Readable) {
    await sendStream(request, response, answer.body);
    return;
  }
  if (answer.body === undefined) {
    response.end();
    return;
  }
  if (!response.hasHeader('Content-Type'))
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(await contentOf(answer.body));
}

/** A client may leave a stream at any moment; that is its end, not a failure. */
async function sendStream(request: Request, response: Response, body: Readable): Promise<void> {
  if (request.method === 'HEAD') {
    body.destroy();
    response.end();
    return;
  }
  // The log, the router and the connection watch its end as well; with the pipeline's own they pass Node's alarm.
  response.setMaxListeners(20);
  await pipeline(body, response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}
