import { z } from 'zod';
import type { Route } from '../route';

/** A header of answers, kept once in the document and referred to by name. */
function header(name: string, description: string) {
  return z.string().meta({ description, header: { id: name } });
}

const everyAnswer = {
  'X-Request-Id': header(
    'X-Request-Id',
    'The id of the request, in the logs and events: yours, or a new one.',
  ),
};
const rateLimit = {
  'RateLimit-Policy': header(
    'RateLimit-Policy',
    'The requests a credential may make, and in how many seconds.',
  ),
  RateLimit: header('RateLimit', 'What is left of them, and the seconds until all of them are there again.'),
};
const replayed = header(
  'Idempotency-Replayed',
  '`true` where this is the answer that the first request with the `Idempotency-Key` got.',
);
const retryAfter = header('Retry-After', 'Seconds after which the same request may succeed.');
const location = header('Location', 'The address of the record, or of what goes on.');
const entityTag = header('ETag', 'The version of the record, for `If-Match` and `If-None-Match`.');

/** The statuses of refusals after which the same request may succeed unchanged; each says when. */
const saysWhen: readonly number[] = [429, 503];

/** The headers of a refusal, the same for every operation. */
export function refusalHeaders(status: number): z.ZodObject {
  return z.object({
    ...everyAnswer,
    ...optional(rateLimit),
    'Idempotency-Replayed': replayed.optional(),
    ...(saysWhen.includes(status) ? { 'Retry-After': retryAfter } : {}),
    ...(status === 401
      ? { 'WWW-Authenticate': header('WWW-Authenticate', 'How to present a credential: `Bearer`.') }
      : {}),
  });
}

/** The headers of a success. @param located whether what a 201 has made has an address. */
export function successHeaders(route: Route, answer: Route['answers'], located: boolean): z.ZodObject {
  const { status, schema, contentType } = answer;
  const hasVersion = schema instanceof z.ZodObject && 'version' in schema.shape;
  return z.object({
    ...everyAnswer,
    ...(route.access === 'public' ? {} : rateLimit),
    ...(route.method === 'post' || route.decision === true
      ? { 'Idempotency-Replayed': replayed.optional() }
      : {}),
    ...(hasVersion ? { ETag: entityTag } : {}),
    ...(status === 202 ? { Location: location, 'Retry-After': retryAfter.optional() } : {}),
    ...(status === 201 && located ? { Location: location } : {}),
    ...(route.waits === true
      ? {
          'Preference-Applied': header(
            'Preference-Applied',
            '`wait` where what was waited for has come.',
          ).optional(),
        }
      : {}),
    ...(contentType === 'application/pdf'
      ? { 'Content-Disposition': header('Content-Disposition', 'The name of the file.') }
      : {}),
  });
}

/** The headers of 304, which has no body. */
export function unchangedHeaders(): z.ZodObject {
  return z.object({ ...everyAnswer, ...rateLimit, ETag: entityTag });
}

function optional<Shape extends Record<string, z.ZodString>>(shape: Shape) {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.optional()]));
}
