import type { ProjectView } from '../../services/projects/project';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, contact, type World } from '../support/factories';

const database = testDatabase();
const api = testApi(database);
let world: World;

beforeAll(async () => {
  world = await company(database);
});

test('a project is created, listed by its contact, and changed against its ETag', async () => {
  const manager = api.client(world.users.manager.token);
  const contactId = await contact(world);
  const created = await manager.post<ProjectView>('/v1/projects', { name: '  Care  ', contactId });
  expect(created).toMatchObject({ status: 201, body: { name: 'Care', contactId, version: 1 } });
  const list = await manager.get<{ data: ProjectView[] }>(`/v1/projects?contactId=${contactId}&sort=name`);
  expect(list.body.data).toEqual([created.body]);
  const address = `/v1/projects/${created.body.id}`;
  const changed = await manager.patch<ProjectView>(
    address,
    { contactId: null },
    { headers: { 'If-Match': '"v1"' } },
  );
  expect(changed).toMatchObject({ status: 200, body: { name: 'Care', contactId: null, version: 2 } });
  expect(await manager.patch(address, { name: 'Late' }, { headers: { 'If-Match': '"v1"' } })).toMatchObject({
    status: 412,
  });
  expect(await manager.get(address)).toMatchObject({ status: 200, body: changed.body });
});

test('a contact of another company is as unknown as one that does not exist', async () => {
  const foreign = await contact(await company(database));
  const admin = api.client(world.users.admin.token);
  expect(await admin.post('/v1/projects', { name: 'Care', contactId: foreign })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/contactId', code: 'unknown_reference' }] },
  });
});
