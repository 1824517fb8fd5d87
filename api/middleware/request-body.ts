import express, { type Request, type Response } from 'express';
import { DomainError } from '../../domain/shared/errors';
import { nextTurn, turnIsOver } from '../../services/turn';
import type { Route } from '../route';
import { refuseDeepText, refuseWideObjects } from './large-bodies';

/** Bodies above this answer 413; no text of the API is longer than a tenth of it. */
const maximumBodyBytes = 256 * 1024;

/** Read as text first: the text of a large body takes tens of milliseconds to become an object. */
const readJson = express.text({ limit: maximumBodyBytes, type: 'application/json', inflate: false });
/** JSON between systems is UTF-8 (RFC 8259 §8.1). */
const otherCharset = /;\s*charset\s*=\s*"?(?!utf-8\b)[^\s";]/i;

/**
 * Reads a route's bodies into `request.body`: JSON as the value it is, a missing one as an empty object, or the text of
 * the type that the route takes. A large one is read over several turns of the event loop.
 * @throws DomainError `payload_too_large`, `malformed_json`, `unsupported_media_type`, and what the form of a JSON text
 * is refused for.
 */
export function bodyReader(route: Route): (request: Request, response: Response) => Promise<void> {
  const parseText =
    route.bodyType === undefined
      ? undefined
      : express.text({ limit: maximumBodyBytes, type: route.bodyType, inflate: false });
  return (request, response) => readBody(route, parseText, request, response);
}

async function readBody(
  route: Route,
  parseText: ReturnType<typeof express.text> | undefined,
  request: Request,
  response: Response,
): Promise<void> {
  const isText = parseText !== undefined && request.is(route.bodyType ?? '') !== false;
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !isText && request.is('application/json') === false) {
    throw new DomainError('unsupported_media_type', 'Send the body as application/json.');
  }
  if (hasBody && !isText && otherCharset.test(request.headers['content-type'] ?? '')) throw notPlainUtf8();
  const read = isText ? parseText : readJson;
  await new Promise<void>((resolve, reject) => {
    read(request, response, (error?: unknown) =>
      error === undefined ? resolve() : reject(bodyRefusal(error)),
    );
  });
  // A reader passes over a request whose client has gone meanwhile: what nobody read is not an empty body.
  if (hasBody && request.body === undefined) throw notWhole();
  while (turnIsOver()) await nextTurn();
  if (isText && hasBody) return;
  request.body = parsedJson((request.body as string | undefined) ?? '');
  while (turnIsOver()) await nextTurn();
  refuseWideObjects(request.body);
}

/** No body is an empty one. */
function parsedJson(text: string): unknown {
  if (text === '') return {};
  refuseDeepText(text);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new DomainError('malformed_json', 'The body is not valid JSON.');
  }
}

function notPlainUtf8(): DomainError {
  return new DomainError('unsupported_media_type', 'Send the body as UTF-8 without compression.');
}

function bodyRefusal(error: unknown): unknown {
  const type = (error as { type?: string }).type;
  if (type === 'entity.too.large') {
    return new DomainError('payload_too_large', `A body may have at most ${maximumBodyBytes} bytes.`);
  }
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') return notPlainUtf8();
  if (type === 'request.size.invalid' || type === 'request.aborted') {
    return notWhole();
  }
  return error;
}

function notWhole(): DomainError {
  return new DomainError('malformed_json', 'The body did not arrive whole.');
}
