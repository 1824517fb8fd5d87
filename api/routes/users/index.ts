import { z } from 'zod';
import { roles } from '../../../domain/shared/actor';
import { listPage, readOne } from '../../../services/listing';
import { createUser } from '../../../services/users/create-user';
import { updateUser } from '../../../services/users/update-user';
import { userResource } from '../../../services/users/user';
import { defineRoute, internalRoles } from '../../route';
import { email, id, line, pageOf, recordMembers } from '../../schemas';

const tag = 'Users';
const params = z.strictObject({ userId: id('user') });
const reading = { roles: internalRoles, scope: 'settings:read' } as const;
const managing = { roles: ['admin'], scope: 'settings:write' } as const;

const role = z.enum(roles);
const password = z
  .string()
  .min(8)
  .max(200)
  .meta({ description: 'At least 8 characters; kept as a slow hash only.' });

const user = z
  .strictObject({
    id: id('user'),
    email: z.string(),
    name: z.string(),
    role,
    active: z.boolean(),
    ...recordMembers,
  })
  .meta({ id: 'User', description: 'Somebody of the company who logs in.' });

export const userRoutes = [
  defineRoute({
    operationId: 'createUser',
    method: 'post',
    path: '/v1/users',
    tag,
    summary: 'Create a user',
    access: managing,
    body: z.strictObject({ email, name: line(200), role, password }),
    answers: { status: 201, schema: user, description: 'The new user, who can log in at once.' },
    handle: async ({ context, body }) => ({ body: await createUser(context, body) }),
  }),
  defineRoute({
    operationId: 'listUsers',
    method: 'get',
    path: '/v1/users',
    tag,
    summary: 'List users',
    access: reading,
    list: userResource,
    answers: { status: 200, schema: pageOf(user), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, userResource, page) }),
  }),
  defineRoute({
    operationId: 'getUser',
    method: 'get',
    path: '/v1/users/{userId}',
    tag,
    summary: 'Read a user',
    access: reading,
    params,
    answers: { status: 200, schema: user, description: 'The user.' },
    handle: async ({ context, params }) => ({ body: await readOne(context, userResource, params.userId) }),
  }),
  defineRoute({
    operationId: 'updateUser',
    method: 'patch',
    path: '/v1/users/{userId}',
    tag,
    summary: 'Change a user',
    description:
      "A new password and the end of an account (`active: false`) end the user's sessions at once. The last active admin stays one.",
    access: managing,
    params,
    body: z.strictObject({
      name: line(200).optional(),
      role: role.optional(),
      active: z.boolean().optional(),
      password: password.optional(),
    }),
    guarded: true,
    answers: { status: 200, schema: user, description: 'The user as changed.' },
    refusals: ['last_admin'],
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await updateUser(context, params.userId, body, expectedVersion),
    }),
  }),
];
