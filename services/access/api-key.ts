import type { Scope } from '../../domain/shared/actor';
import type { Context } from '../context';
import type { Resource } from '../listing';

export interface ApiKeyView {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** The secret's first characters, to tell keys apart. */
  readonly hint: string;
  readonly scopes: readonly Scope[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Keys that are in force: admins see those of the whole company, everybody else their own. */
export const apiKeyResource: Resource = {
  name: 'API key',
  select: `k.id, k.user_id AS "userId", k.name, k.hint, k.scopes, k.version, k.created_at AS "createdAt",
    k.updated_at AS "updatedAt"`,
  from: 'api_key k',
  company: 'k.company_id',
  id: 'k.id',
  visible: (context, bind) =>
    seesEveryKey(context)
      ? 'k.revoked_at IS NULL'
      : `k.revoked_at IS NULL AND k.user_id = ${bind(ownerOf(context))}`,
  filters: {
    userId: {
      kind: 'id',
      description: 'Keys of these users.',
      sql: (values) => `k.user_id = ANY(${values})`,
    },
  },
  sorts: { createdAt: { expression: 'k.id', type: 'text' } },
  defaultSort: '-createdAt',
};

function seesEveryKey(context: Context): boolean {
  return context.role === null || context.role === 'admin';
}

function ownerOf(context: Context): string | null {
  return context.actor.type === 'user' ? context.actor.userId : null;
}
