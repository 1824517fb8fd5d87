import { randomBytes } from 'node:crypto';
import type { Scope } from '../../domain/shared/actor';
import { DomainError } from '../../domain/shared/errors';
import type { Context } from '../context';
import { newId } from '../ids';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { type ApiKeyView, apiKeyResource } from './api-key';
import { apiKeyPrefix, hashSecret, type Identity } from './authenticate';

const hintLength = apiKeyPrefix.length + 6;

export interface ApiKeyDraft {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** `secret` is shown this once; a repeated request with the same Idempotency-Key answers `null` in its place. */
export type CreatedApiKey = ApiKeyView & { readonly secret: string | null };

/**
 * Makes a key for the caller, with at most the caller's own scopes. Only the secret's hash is stored, also with
 * the idempotency key (spec.md §12).
 * @throws DomainError `validation_failed` for a scope the caller does not hold.
 */
export async function createApiKey(
  context: Context,
  identity: Identity,
  draft: ApiKeyDraft,
): Promise<CreatedApiKey> {
  const fields = draft.scopes.flatMap((scope, index) =>
    identity.scopes.includes(scope)
      ? []
      : [{ pointer: `/scopes/${index}`, code: 'not_allowed', detail: `You do not hold ${scope} yourself.` }],
  );
  if (fields.length > 0) {
    throw new DomainError('validation_failed', 'A key cannot have more scopes than its maker.', { fields });
  }
  const secret = `${apiKeyPrefix}${randomBytes(32).toString('base64url')}`;
  const key = await change(context, async ({ db, event }) => {
    const id = newId('apiKey');
    await db.apiKey.create({
      data: {
        companyId: context.companyId,
        id,
        userId: identity.userId,
        name: draft.name,
        secretHash: hashSecret(secret),
        hint: secret.slice(0, hintLength),
        scopes: [...new Set(draft.scopes)],
      },
    });
    const created = await readOne<ApiKeyView>(context, apiKeyResource, id, within(db));
    event({ kind: 'api_key.created', subjectId: id, after: created });
    return created;
  });
  return { ...key, secret: context.command?.replayed === true ? null : secret };
}
