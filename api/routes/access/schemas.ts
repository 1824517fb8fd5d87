import { z } from 'zod';
import { roles, scopes } from '../../../domain/shared/actor';
import { answeredInstant, email, id, line, recordMembers } from '../../schemas';

export const loginBody = z.strictObject({ email, password: z.string().min(1).max(200) });

export const openedSession = z.strictObject({
  token: z
    .string()
    .regex(/^kds_[A-Za-z0-9_-]{43}$/)
    .meta({ description: 'Send it as `Authorization: Bearer …`; shown this once.' }),
  expiresAt: answeredInstant,
});

const scope = z.enum(scopes);

export const profile = z
  .strictObject({
    id: id('user'),
    companyId: id('company'),
    email: z.string(),
    name: z.string(),
    role: z.enum(roles),
    scopes: z.array(scope),
    credential: z.strictObject({
      kind: z.enum(['session', 'api_key']),
      id: z.string(),
      expiresAt: answeredInstant.nullable(),
    }),
  })
  .meta({ id: 'Profile', description: 'Who the credential stands for and what it may do.' });

export const apiKeyBody = z.strictObject({
  name: line(100),
  scopes: z
    .array(scope)
    .min(1)
    .max(scopes.length)
    .meta({ description: 'What the key may do: at most what its maker may.' }),
});

const apiKeyMembers = {
  id: id('apiKey'),
  userId: id('user'),
  name: z.string(),
  hint: z.string().meta({ description: "The secret's first characters." }),
  scopes: z.array(scope),
  ...recordMembers,
};

export const apiKey = z.strictObject(apiKeyMembers).meta({ id: 'ApiKey' });

export const createdApiKey = z
  .strictObject({
    ...apiKeyMembers,
    secret: z
      .string()
      .regex(/^kdk_[A-Za-z0-9_-]{43}$/)
      .nullable()
      .meta({
        description: 'Shown this once; `null` when the request is repeated with its Idempotency-Key.',
      }),
  })
  .meta({ id: 'CreatedApiKey' });

export const limit = z
  .strictObject({
    name: z.string(),
    limit: z.int(),
    windowSeconds: z.int(),
    remaining: z.int(),
    resetSeconds: z.int(),
  })
  .meta({ id: 'Limit', description: 'How many requests are left to this credential in the present window.' });
