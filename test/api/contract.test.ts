import { routes } from '../../api/routes';
import { type Answer, testApi } from '../support/api-client';
import { answerProblems, document, operationOf, operations, refusalProblems } from '../support/contract';
import { testDatabase } from '../support/database';
import { company, contact } from '../support/factories';

const database = testDatabase();
const api = testApi(database);

/** The check that stands behind every test of the API has to be able to fail. */
describe('the contract check', () => {
  let answer: Answer;
  const operation = operationOf('get', '/v1/contacts/x');
  if (operation === undefined) throw new Error('the model resource is gone');

  beforeAll(async () => {
    const world = await company(database);
    const id = await contact(world);
    answer = await api.client(world.users.agent.token).get(`/v1/contacts/${id}`);
  });

  const withHeader = (name: string, value: string | null): Headers => {
    const headers = new Headers(answer.headers);
    if (value === null) headers.delete(name);
    else headers.set(name, value);
    return headers;
  };

  it('accepts what the application really answers', () => {
    expect(answerProblems(operation, answer)).toEqual([]);
  });

  it.each<[string, () => Answer, RegExp]>([
    ['an undocumented status', () => ({ ...answer, status: 202 }), /202 is not documented/],
    [
      'an undocumented content type',
      () => ({ ...answer, headers: withHeader('content-type', 'text/html') }),
      /text\/html/,
    ],
    ['an unknown member', () => ({ ...answer, body: { ...Object(answer.body), secret: 1 } }), /secret/],
    ['a missing member', () => ({ ...answer, body: {} }), /required/],
    [
      'an instant that is none',
      () => ({ ...answer, body: { ...Object(answer.body), createdAt: 'soon' } }),
      /createdAt/,
    ],
    ['a missing ETag', () => ({ ...answer, headers: withHeader('etag', null) }), /ETag/],
    [
      'a header that is not documented',
      () => ({ ...answer, headers: withHeader('location', '/v1/elsewhere') }),
      /header Location/,
    ],
    [
      'a documented header that is missing',
      () => ({ ...answer, headers: withHeader('ratelimit', null) }),
      /without the header RateLimit/,
    ],
    ['an ETag of another version', () => ({ ...answer, headers: withHeader('etag', '"v9"') }), /ETag/],
  ])('refuses %s', (_name, tampered, complaint) => {
    expect(answerProblems(operation, tampered()).join('\n')).toMatch(complaint);
  });

  it('refuses a refusal that is no problem document', async () => {
    const refusal = await api.client().get('/v1/contacts');
    expect(refusalProblems(refusal)).toEqual([]);
    expect(refusalProblems({ ...refusal, status: 403 }).join()).toMatch(/the problem says 401/);
    const elsewhere = { ...Object(refusal.body), instance: 'req_elsewhere' };
    expect(refusalProblems({ ...refusal, body: elsewhere }).join()).toMatch(/request id/);
    expect(refusalProblems({ ...refusal, body: { error: 'no' } }).join()).toMatch(/required/);
  });

  it('refuses a request that leaves the document unless the test says so', async () => {
    await expect(api.client().get('/v1/nowhere')).rejects.toThrow(/not in the OpenAPI document/);
    const answered = await api.client().get('/v1/nowhere', { undocumented: true });
    expect(answered.status).toBe(404);
  });
});

it('documents the key of every operation that takes one', () => {
  const keyed = routes.filter(
    ({ decision, method, access }) => decision === true || (method === 'post' && access !== 'public'),
  );
  expect(keyed.map(({ method }) => method)).toContain('patch');
  const undocumented = keyed.filter(
    ({ path, method }) => !JSON.stringify(document.paths[path]?.[method]).includes('"Idempotency-Key"'),
  );
  expect(undocumented.map(({ operationId }) => operationId)).toEqual([]);
});

it('names where what was made can be read, and what may be waited for', () => {
  const headersOf = (operationId: string, status: string) => {
    const found = operations.find((operation) => operation.operationId === operationId);
    const response = found?.definition.responses?.[status] as {
      headers?: Record<string, { required?: boolean }>;
    };
    return Object.keys(response.headers ?? {});
  };
  expect(headersOf('createContact', '201')).toEqual(
    expect.arrayContaining(['ETag', 'Location', 'RateLimit', 'X-Request-Id']),
  );
  expect(headersOf('logTime', '201')).toContain('Preference-Applied');
  expect(headersOf('recordPayment', '201')).not.toContain('Location');
});

it('where what was made can be read, there it is', async () => {
  const { users } = await company(database);
  const client = api.client(users.admin.token);
  const made = await client.post<{ id: string }>('/v1/contacts', { kind: 'person', name: 'Ada' });
  const read = await client.get(made.headers.get('location') ?? '');
  expect(read.body).toEqual(made.body);
});

it('every operation says what a connection may be refused with before its request is read', () => {
  const silent = operations.filter(
    ({ definition }) =>
      !['400', '408', '431'].every((status) => definition.responses?.[status] !== undefined),
  );
  expect(silent.map(({ operationId }) => operationId)).toEqual([]);
});
