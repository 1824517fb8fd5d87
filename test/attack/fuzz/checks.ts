import { isDeepStrictEqual } from 'node:util';
import type { Route } from '../../../api/route';
import { type BadBody, namesMember, type Refusal } from '../../support/bad-bodies';
import { rolesOf } from '../../support/callers';
import {
  answerProblems,
  operationOf,
  type RawAnswer,
  refusalProblems,
  requestProblems,
} from '../../support/contract';
import { hardeningProblems } from '../../support/hardened';
import type { Sent } from './exchange';
import { operationOfRoute, type Plan, queryParametersOf } from './plan';

/** What the document and the access rules say against an answer; empty when there is nothing to complain about. */
export function complaints(route: Route, plan: Plan, sent: Sent, answer: RawAnswer): string[] {
  const own = operationOfRoute(route);
  const reached = operationOf(sent.method, sent.address);
  const { status } = answer;
  const bodiless = sent.method === 'HEAD';
  const documented = reached === undefined || bodiless ? [] : answerProblems(reached, answer);
  return [
    ...(status >= 500 ? [`it answered ${status}`] : []),
    ...(bodiless ? [] : refusalProblems(answer)),
    ...(status === 304 ? [] : documented),
    ...hardeningProblems({
      status: bodiless ? 200 : status,
      header: (name) => answer.headers.get(name),
      headerNames: [...answer.headers.keys()],
      text: answer.text,
    }),
    ...(reached === own
      ? accessComplaints(route, plan, answer)
      : undocumentedComplaints(reached !== undefined || bodiless, answer)),
    ...(reached === own && status < 300 ? leniency(route, plan, sent) : []),
  ];
}

/** Where the document has no operation there is nothing to succeed with. */
function undocumentedComplaints(elsewhere: boolean, { status, headers }: RawAnswer): string[] {
  if (elsewhere) return [];
  if (status < 400) return [`an operation that is not documented answered ${status}`];
  if (status === 405 && headers.get('allow') === null) return ['405 does not say what is allowed'];
  return [];
}

function accessComplaints(route: Route, plan: Plan, { status }: RawAnswer): string[] {
  if (route.access === 'public') return [];
  const { caller } = plan;
  const anonymous =
    caller === 'nobody' || caller === 'garbage' || plan.headers.some(([name]) => name === 'Authorization');
  if (anonymous) return status === 401 ? [] : [`a caller without a credential was answered ${status}`];
  const role = caller === 'key' || caller === 'foreign' ? 'admin' : caller;
  if (!rolesOf(route).includes(role))
    return status === 403 ? [] : [`the role ${role} was answered ${status}`];
  return status === 401 ? ['a good credential was answered 401'] : [];
}

/** What the document forbids and the application took all the same. */
function leniency(route: Route, plan: Plan, sent: Sent): string[] {
  const operation = operationOfRoute(route);
  const names = queryParametersOf(operation).map(({ name }) => name);
  const unknown = plan.query
    .filter(([name]) => !names.includes(name))
    .map(([name]) => `it took the unknown query ${name}`);
  const json = !plan.headers.some(([name]) => name === 'Content-Type' || name === 'Content-Encoding');
  if (route.body === undefined || !json) return unknown;
  // An absent body is an empty one, and a byte order mark is no part of the text (RFC 8259 §8.1).
  const text = (sent.body ?? '').replace(/^\ufeff/, '');
  const problems = requestProblems(operation, trimmed(JSON.parse(text === '' ? '{}' : text)));
  return [...unknown, ...problems.map((problem) => `it took a body against the document: ${problem}`)];
}

/** Lines may be sent with blanks around them; the application cuts those off before it looks. */
function trimmed(value: unknown): unknown {
  if (typeof value === 'string') return value.trim();
  if (Array.isArray(value)) return value.map(trimmed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, trimmed(member)]));
}

/** What an example must be answered like. */
export function successComplaints({ status }: RawAnswer): string[] {
  return status < 200 || status > 299 ? ['the example was refused'] : [];
}

/** What a body with one bad member must be answered like: a refusal that names it, or what holds it. */
export function pointerComplaints({ what, pointer }: BadBody, { status, body }: RawAnswer): string[] {
  const refused = status === 422 && namesMember(body as Refusal, pointer);
  // A list of so many members may be more than a body may be long.
  const tooLong = status === 413 && what === 'too long a list';
  return refused || tooLong ? [] : [`${what} at ${pointer} was not refused by its pointer`];
}

/** What a repeated POST with its key must be like (spec.md §12). A secret is shown once. */
export function replayComplaints(first: RawAnswer, second: RawAnswer): string[] {
  if (first.status < 200 || first.status > 299 || first.status === 202)
    return second.status >= 500 ? [`the repeated request answered ${second.status}`] : [];
  const { secret: _first, ...before } = Object(first.body) as Record<string, unknown>;
  const { secret: _second, ...after } = Object(second.body) as Record<string, unknown>;
  const same = second.status === first.status && isDeepStrictEqual(before, after);
  return same
    ? []
    : [
        `repeated with its key it answered ${second.status} ${second.text.slice(0, 300)} after ${first.status} ${first.text.slice(0, 300)}`,
      ];
}

/** What asking by the ETag must answer: 304 and nothing, or another version. */
export function etagComplaints(tag: string, { status, headers, text }: RawAnswer): string[] {
  if (status === 304)
    return [
      ...(text === '' ? [] : ['304 has a body']),
      ...(headers.get('etag') === tag ? [] : ['304 carries another ETag']),
    ];
  if (status === 200)
    return headers.get('etag') === tag ? ['the same version was sent again in spite of If-None-Match'] : [];
  return [`asked by its ETag it answered ${status}`];
}
