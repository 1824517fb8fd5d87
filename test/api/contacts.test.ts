import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, uniqueEmail } from '../support/factories';

const database = testDatabase();
const api = testApi(database);

it('finds a contact by the address in whatever case it is written', async () => {
  const world = await company(database);
  const agent = api.client(world.users.agent.token);
  const email = uniqueEmail();
  const made = await agent.post<{ id: string }>('/v1/contacts', {
    kind: 'person',
    name: 'Ada',
    email: email.toUpperCase(),
  });
  const query = encodeURIComponent(email.toUpperCase());
  const found = await agent.get<{ data: { id: string; email: string }[] }>(`/v1/contacts?email=${query}`);
  expect(found.body.data.map(({ id, email: stored }) => [id, stored])).toEqual([[made.body.id, email]]);
});
