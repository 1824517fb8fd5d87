import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { DomainError } from '../domain/shared/errors';
import { newId } from '../services/ids';
import { type Problem, toProblem } from './problems';

/** What `helmet` and the request log put on every other answer, as far as it means something without a page. */
const headers = {
  'Content-Type': 'application/problem+json; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'",
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

function refusalOf(code: string | undefined): DomainError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new DomainError(
        'headers_too_large',
        'The address and headers together may have 16 KiB at most.',
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new DomainError('request_timeout', 'The request did not arrive whole in time; send it again.');
    default:
      return new DomainError('malformed_request', 'This is not a request of HTTP/1.1; nothing was changed.');
  }
}

/**
 * Answers what could not be read as a request, and ends the connection.
 * @param code of the error that Node's parser gave.
 */
export function writeRefusal(socket: Duplex, code: string | undefined): void {
  const problem = toProblem(refusalOf(code), newId('request'));
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${reasons[problem.status] ?? 'Bad Request'}`,
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${problem.instance}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** RFC 9112 §3.2: a request of HTTP/1.1 names its host. */
export function refuseMissingHost(response: ServerResponse): void {
  refuse(response, new DomainError('malformed_request', 'Send the header Host.'));
}

/** RFC 9110 §10.1.1: nothing but `100-continue` may be expected here. */
export function refuseExpectation(response: ServerResponse): void {
  refuse(response, new DomainError('malformed_request', 'Only "Expect: 100-continue" can be met.'));
}

function refuse(response: ServerResponse, refusal: DomainError): void {
  const problem: Problem = toProblem(refusal, newId('request'));
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    ...headers,
    Connection: 'close',
    'Content-Length': Buffer.byteLength(body),
    'X-Request-Id': problem.instance,
  });
  response.end(body);
}
