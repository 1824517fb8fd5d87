import type { z } from 'zod';
import type { Role, Scope } from '../domain/shared/actor';
import type { ErrorCode } from '../domain/shared/errors';
import type { Identity } from '../services/access/authenticate';
import type { Context } from '../services/context';
import type { PageQuery, Resource } from '../services/listing';
import type { Services } from './services';

/** Who may call: anybody, or a login or key whose role is listed and, for keys, that carries the scope. */
export type Access = 'public' | { readonly roles: readonly Role[]; readonly scope: Scope };

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

type Parsed<Schema extends z.ZodType | undefined> = Schema extends z.ZodType ? z.output<Schema> : undefined;

export interface RouteRequest<Params, Query, Body> {
  readonly context: Context;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The list's page, where the route declares `list`. */
  readonly page: PageQuery;
  /** The version of `If-Match`, where the client sent one. */
  readonly expectedVersion: number | undefined;
  /** Milliseconds of `Prefer: wait=N` (RFC 7240), 0 without it. */
  readonly waitMs: number;
  /** `Last-Event-ID`, where the route is `resumable` and the client sent one. */
  readonly lastEventId: string | undefined;
  readonly services: Services;
  /** Whose credential the request carries; a route with access `public` has none and must not read it. */
  readonly identity: Identity;
  readonly requestId: string;
  /** The client's network address, as seen behind the trusted proxies. */
  readonly address: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

export interface RouteAnswer {
  /** When it differs from the route's documented success status (202 of a decision that goes on). */
  readonly status?: number;
  /** JSON; or text, bytes or a stream in the content type that the headers name. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What failed on the way and did not keep the request from being answered; for the log. */
  readonly failures?: readonly unknown[];
}

export interface Route {
  readonly operationId: string;
  readonly method: Method;
  /** As in OpenAPI, `/v1/tickets/{ticketId}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** What it guarantees, and the rule's source. */
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** The resource whose filters and sorts the query offers, and the page it answers with. */
  readonly list?: Resource;
  readonly body?: z.ZodType;
  /** Bodies that are not JSON, such as iCal; the handler then gets the text. */
  readonly bodyType?: string;
  readonly answers: {
    readonly status: number;
    readonly schema?: z.ZodType;
    readonly description: string;
    readonly contentType?: string;
  };
  /** Other successes: 202 of decisions. */
  readonly alsoAnswers?: readonly {
    readonly status: number;
    readonly schema?: z.ZodType;
    readonly description: string;
  }[];
  /** The address of what it makes, ending in a parameter, where that is not below its own (`api/locations.ts`). */
  readonly made?: string;
  /** Hears `Prefer: wait=N` (RFC 7240). */
  readonly waits?: boolean;
  /** Refusals beyond those every route of its kind can give. */
  readonly refusals?: readonly ErrorCode[];
  /** Changes a record that has versions: documents `If-Match` and 412. */
  readonly guarded?: boolean;
  /** The record also shows what changes without a new version of it, so `If-None-Match` never gets 304. */
  readonly live?: boolean;
  /** A stream of events that goes on where `Last-Event-ID` says. */
  readonly resumable?: boolean;
  /** Goes through a ticket's workflow: documents 202 and 503. */
  readonly decision?: boolean;
  /**
   * Its verb has the caller confirmed by the statement that does the work, so that a caller who is known costs no
   * round trip of their own (`UnconfirmedCaller`).
   */
  readonly confirmsCaller?: boolean;
  /** Costs next to nothing and is answered however busy the process is. */
  readonly always?: boolean;
  handle(request: RouteRequest<never, never, never>): Promise<RouteAnswer>;
}

type RouteDefinition<
  Params extends z.ZodObject | undefined,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodType | undefined,
> = Omit<Route, 'params' | 'query' | 'body' | 'handle'> & {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  handle(request: RouteRequest<Parsed<Params>, Parsed<Query>, Parsed<Body>>): Promise<RouteAnswer>;
};

/**
 * Declares one operation: its address, who may call it, what it takes and answers, and its handler. The router,
 * the validation, the OpenAPI document and the tests' matrices are all made from this one declaration.
 */
export function defineRoute<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(definition: RouteDefinition<Params, Query, Body>): Route {
  return definition as unknown as Route;
}

/** Every internal role. */
export const internalRoles: readonly Role[] = ['admin', 'manager', 'agent', 'finance'];
export const supportRoles: readonly Role[] = ['admin', 'manager', 'agent'];
export const managingRoles: readonly Role[] = ['admin', 'manager'];
export const financeRoles: readonly Role[] = ['admin', 'finance'];
