import { defineRoute } from '../../api/route';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { openConnection, requestText } from '../support/raw-http';

const workMs = 25;
const placesAtOnce = 10;

/** Each request keeps the thread for so long, so that all others wait for their turns. */
const busy = defineRoute({
  operationId: 'beBusy',
  method: 'get',
  path: '/v1/busy',
  tag: 'Busy',
  summary: 'Keeps the thread',
  access: 'public',
  answers: { status: 200, description: 'It is done.' },
  handle: () => {
    const until = performance.now() + workMs;
    while (performance.now() < until);
    return Promise.resolve({ body: {} });
  },
});

const api = testApi(testDatabase(), {
  environment: { REQUESTS_AT_ONCE: String(placesAtOnce) },
  routes: [busy],
});

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly code: string | undefined;
}

/**
 * So many requests at the same instant, on connections that stand already: of new ones the event loop accepts one in a
 * turn, so that they never come at once.
 */
async function atOnce(count: number): Promise<Answer[]> {
  const connections = await Promise.all(Array.from({ length: count }, () => openConnection(api.url)));
  for (const connection of connections) connection.send(requestText('GET /nothing HTTP/1.1'));
  await Promise.all(connections.map((connection) => connection.replies(1)));
  for (const connection of connections) connection.send(requestText('GET /v1/busy HTTP/1.1'));
  const answers = await Promise.all(
    connections.map(async (connection) => {
      const [, reply] = await connection.replies(2);
      if (reply === undefined) throw new Error('there is no answer');
      const { code } = JSON.parse(reply.body) as { code?: string };
      return { status: reply.status, retryAfter: reply.headers.get('retry-after')?.[0], code };
    }),
  );
  for (const connection of connections) connection.close();
  return answers;
}

it('of a crowd, who has waited too long for a turn is refused, and the others are served', async () => {
  // Two and a half seconds of work.
  const answers = await atOnce(100);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(20);
  expect(answers.length - refused.length).toBeGreaterThan(placesAtOnce);
  expect(new Set(refused.map((answer) => JSON.stringify(answer)))).toEqual(
    new Set([JSON.stringify({ status: 503, retryAfter: '1', code: 'overloaded' })]),
  );
});

it('a few that wait as long for a machine that is busy with something else are served', async () => {
  const answers = atOnce(placesAtOnce);
  const busyMs = 100;
  // The thread is the application's too.
  const elsewhere = setInterval(() => {
    const until = performance.now() + busyMs;
    while (performance.now() < until);
  }, 1);
  const statuses = (await answers.finally(() => clearInterval(elsewhere))).map(({ status }) => status);
  expect(statuses).toEqual(Array.from({ length: placesAtOnce }, () => 200));
});
