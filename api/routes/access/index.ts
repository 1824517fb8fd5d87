import { z } from 'zod';
import { apiKeyResource } from '../../../services/access/api-key';
import { createApiKey } from '../../../services/access/create-api-key';
import { logIn } from '../../../services/access/log-in';
import { logOut } from '../../../services/access/log-out';
import { readProfile } from '../../../services/access/profile';
import { revokeApiKey } from '../../../services/access/revoke-api-key';
import { listPage } from '../../../services/listing';
import { defineRoute, internalRoles } from '../../route';
import { allOf, id, pageOf } from '../../schemas';
import { apiKey, apiKeyBody, createdApiKey, limit, loginBody, openedSession, profile } from './schemas';

const tag = 'Access';
const own = { roles: internalRoles, scope: 'profile:read' } as const;
const keys = { roles: internalRoles, scope: 'keys:write' } as const;

export const accessRoutes = [
  defineRoute({
    operationId: 'logIn',
    method: 'post',
    path: '/v1/auth/login',
    tag,
    summary: 'Log in',
    description:
      'Opens a session. Logins are counted by account and by address, and too many failed ones are refused for a while.',
    access: 'public',
    body: loginBody,
    answers: { status: 200, schema: openedSession, description: 'The token of the new session.' },
    refusals: ['unauthenticated', 'rate_limited'],
    handle: async ({ body, address, requestId, services }) => ({
      body: await logIn(services.database, services.rateLimits, {
        ...body,
        address,
        requestId,
        sessionHours: services.environment.SESSION_HOURS,
      }),
    }),
  }),
  defineRoute({
    operationId: 'logOut',
    method: 'post',
    path: '/v1/auth/logout',
    tag,
    summary: 'Log out',
    description: 'Ends the session at once. An API key has none: delete the key instead.',
    access: own,
    answers: { status: 204, description: 'The session is ended.' },
    handle: async ({ context, identity }) => {
      await logOut(context, identity);
      return {};
    },
  }),
  defineRoute({
    operationId: 'getProfile',
    method: 'get',
    path: '/v1/me',
    tag,
    summary: 'Read who you are',
    access: own,
    answers: { status: 200, schema: profile, description: 'The user, the role and the scopes.' },
    handle: async ({ context, identity }) => ({ body: await readProfile(context, identity) }),
  }),
  defineRoute({
    operationId: 'getLimits',
    method: 'get',
    path: '/v1/limits',
    tag,
    summary: 'Read the rate limits',
    access: own,
    answers: { status: 200, schema: allOf(limit), description: 'Each limit and what is left of it.' },
    handle: async ({ identity, services }) => ({
      body: { data: [await services.rateLimits.requestState(identity.credentialId)], nextCursor: null },
    }),
  }),
  defineRoute({
    operationId: 'createApiKey',
    method: 'post',
    path: '/v1/api-keys',
    tag,
    summary: 'Make an API key',
    description: 'A key of your own, with at most your scopes. Its secret is shown this once.',
    access: keys,
    body: apiKeyBody,
    answers: { status: 201, schema: createdApiKey, description: 'The key with its secret.' },
    handle: async ({ context, identity, body }) => ({ body: await createApiKey(context, identity, body) }),
  }),
  defineRoute({
    operationId: 'listApiKeys',
    method: 'get',
    path: '/v1/api-keys',
    tag,
    summary: 'List API keys',
    description: 'The keys in force: your own, or those of the whole company for an admin.',
    access: keys,
    list: apiKeyResource,
    answers: { status: 200, schema: pageOf(apiKey), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, apiKeyResource, page) }),
  }),
  defineRoute({
    operationId: 'revokeApiKey',
    method: 'delete',
    path: '/v1/api-keys/{apiKeyId}',
    tag,
    summary: 'End an API key',
    description: 'The key is refused from the next request on. An admin may end any key of the company.',
    access: keys,
    params: z.strictObject({ apiKeyId: id('apiKey') }),
    guarded: true,
    answers: { status: 204, description: 'The key is ended.' },
    handle: async ({ context, params, expectedVersion }) => {
      await revokeApiKey(context, params.apiKeyId, expectedVersion);
      return {};
    },
  }),
];
