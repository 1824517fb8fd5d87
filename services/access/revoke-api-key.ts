import { notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { readOne, requireVersion } from '../listing';
import { within } from '../prisma-queryable';
import { change } from '../transaction';
import { type ApiKeyView, apiKeyResource } from './api-key';

/**
 * Ends a key for good; requests with it are refused from the next one on. Of two that end it at once one finds
 * it gone.
 * @throws DomainError `precondition_failed`, `not_found` for unknown, ended and other people's keys (an admin may end any).
 */
export async function revokeApiKey(
  context: Context,
  id: string,
  expectedVersion: number | undefined,
): Promise<void> {
  await change(context, async ({ db, event }) => {
    const before = await readOne<ApiKeyView>(context, apiKeyResource, id, within(db));
    requireVersion(before.version, expectedVersion);
    const { count } = await db.apiKey.updateMany({
      where: { companyId: context.companyId, id, revokedAt: null },
      data: { revokedAt: context.now(), version: { increment: 1 }, updatedAt: context.now() },
    });
    if (count === 0) throw notFound(apiKeyResource.name);
    event({ kind: 'api_key.revoked', subjectId: id, before });
    return {};
  });
}
