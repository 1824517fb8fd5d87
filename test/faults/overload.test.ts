import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { newId } from '../../services/ids';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { faultStack } from '../support/fault-stack';
import type { ApiProcess } from '../support/processes';
import { type Desk, desk, timeBody } from './desk';

const database = testDatabase();
const stack = faultStack({ database });

const placesOfFacts = 8;
const burst = 60;
const mostMemoryMb = 512;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: { readonly id?: string; readonly code?: string; readonly retryable?: boolean };
  readonly key: string;
}

/** All at once, each on a connection of its own: nothing on this side holds them back. */
function post(
  api: ApiProcess,
  on: Desk,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const key = newId('request');
  const agent = new Agent({ keepAlive: false });
  return new Promise((resolve, reject) => {
    const sent = request(`${api.url}${path}`, {
      method: 'POST',
      agent,
      headers: {
        Authorization: `Bearer ${on.users.agent.token}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
        ...headers,
      },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: JSON.parse(text) as Answer['body'],
          key,
        }),
      );
    });
    sent.end(JSON.stringify(body));
  });
}

/** Holds every creation of a ticket where it is, as a database does that cannot keep up. */
async function heldUp<Result>(
  work: () => Promise<Result>,
  after: (result: Promise<Result>) => Promise<void>,
) {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE');
    const result = work();
    await after(result);
    await client.query('COMMIT');
    return await result;
  } finally {
    client.release();
  }
}

/** The most memory the process ever held. */
function memoryMb({ pid }: ApiProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

test('what is more than can be worked on is refused at once with Retry-After, and nothing acknowledged is lost', async () => {
  const on = await desk(database);
  const api = await stack.startApi({ REQUESTS_AT_ONCE: String(placesOfFacts), DATABASE_POOL_SIZE: '12' });
  const agent = stack.client(() => api, on.users.agent.token);

  const arrived: Answer[] = [];
  const answers = await heldUp(
    () =>
      Promise.all(
        Array.from({ length: burst }, async () => {
          const answer = await post(api, on, '/v1/tickets', on.ticketBody);
          arrived.push(answer);
          return answer;
        }),
      ),
    async () => {
      // While all places are taken the rest is refused without waiting for anything.
      await eventually('the rest is refused', () =>
        Promise.resolve(arrived.length >= burst - placesOfFacts || undefined),
      );
      expect(arrived.map(({ status }) => status)).toEqual(arrived.map(() => 503));
      // And the process lives.
      expect((await agent.get('/healthz')).status).toBe(200);
      // What waits for a workflow has places of its own: this one is let in, and found to be wrong.
      const waiting = await post(api, on, '/v1/timesheets', timeBody('nonsense'), { Prefer: 'wait=1' });
      expect(waiting.status).toBe(422);
    },
  );

  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.length).toBe(burst - placesOfFacts);
  for (const { body, headers } of refused) {
    expect(body).toMatchObject({ code: 'overloaded', retryable: true });
    expect(headers['retry-after']).toBe('1');
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
  const created = answers.filter(({ status }) => status === 201);
  expect(created.length).toBe(placesOfFacts);

  // The very ones that were acknowledged are there, and none that was refused.
  const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM ticket WHERE company_id = $1', [
    on.companyId,
  ]);
  expect(rows.map(({ id }) => id).sort()).toEqual(created.map(({ body }) => String(body.id)).sort());

  // Every place was given back, also by requests that ended badly; and a refused one succeeds when it is repeated.
  const again = refused[0]?.key ?? '';
  const retried = await agent.post('/v1/tickets', on.ticketBody, { headers: { 'Idempotency-Key': again } });
  expect(retried.status).toBe(201);
  for (let round = 0; round < 2; round++) {
    const bad = await Promise.all(
      Array.from({ length: placesOfFacts }, () => agent.post('/v1/tickets', { teamId: 'nonsense' })),
    );
    expect(bad.map(({ status }) => status)).toEqual(bad.map(() => 422));
  }
  expect(memoryMb(api)).toBeLessThan(mostMemoryMb);
}, 120_000);
