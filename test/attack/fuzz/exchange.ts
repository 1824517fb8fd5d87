import { Agent, request } from 'node:http';
import type { RawAnswer } from '../../support/contract';

/** A request with everything in place, as it goes over the wire. */
export interface Sent {
  readonly method: string;
  readonly address: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | undefined;
  readonly token: string | undefined;
}

const patienceMs = 20_000;

/** Sends requests as they are, repeated headers and odd methods included. */
export class Exchange {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(private readonly url: string) {}

  send({ method, address, headers, body, token }: Sent): Promise<RawAnswer> {
    const { hostname, port } = new URL(this.url);
    return new Promise((resolve, reject) => {
      const outgoing = request({
        agent: this.agent,
        hostname,
        port,
        method,
        path: address,
        timeout: patienceMs,
      });
      if (token !== undefined) outgoing.setHeader('Authorization', `Bearer ${token}`);
      if (body !== undefined) outgoing.setHeader('Content-Type', 'application/json');
      for (const [name, value] of headers) {
        const replaces = name === 'Content-Type' || name === 'Authorization';
        if (replaces) outgoing.setHeader(name, value);
        else outgoing.appendHeader(name, value);
      }
      outgoing.setHeader('Content-Length', Buffer.byteLength(body ?? ''));
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${patienceMs} ms`)));
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          // A stream of events has no end; here it has said all that happened until now.
          if (isStream && Buffer.concat(chunks).includes('\n: live\n')) response.destroy();
        });
        response.on('error', reject);
        response.on('close', () => {
          const text = Buffer.concat(chunks).toString();
          const answerHeaders = new Headers();
          for (const [name, value] of Object.entries(response.headersDistinct)) {
            for (const one of value ?? []) answerHeaders.append(name, one);
          }
          const json = /json/.test(answerHeaders.get('content-type') ?? '') && text !== '';
          resolve({
            status: response.statusCode ?? 0,
            headers: answerHeaders,
            text,
            body: json ? parsed(text) : text || undefined,
          });
        });
      });
      outgoing.end(body ?? '');
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return `no JSON: ${text.slice(0, 100)}`;
  }
}

/** The request as a line for a shell; `$URL` and `$TOKEN` are the reader's to fill in. */
export function curlLine({ method, address, headers, body, token }: Sent): string {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const shown =
    body !== undefined && body.length > 2_000 ? `${body.slice(0, 2_000)}… (${body.length} characters)` : body;
  return [
    `curl -i -X ${method} "$URL"${quote(address)}`,
    ...(token === undefined ? [] : [`-H "Authorization: Bearer $TOKEN"`]),
    ...(body === undefined ? [] : [`-H 'Content-Type: application/json'`]),
    ...headers.map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(shown === undefined ? [] : [`--data-raw ${quote(shown)}`]),
  ].join(' ');
}
