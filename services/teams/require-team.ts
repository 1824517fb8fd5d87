import { DomainError, invalidField } from '../../domain/shared/errors';
import type { Context } from '../context';
import { readOne } from '../listing';
import { teamResource } from './team';

/**
 * Checks that a team named in a request is there for this caller, before something that sees everything works with
 * it: whoever may not open a private team puts no ticket into it either.
 * @throws DomainError `validation_failed` at `/teamId`.
 */
export async function requireTeam(context: Context, teamId: string): Promise<void> {
  await readOne(context, teamResource, teamId).catch(asUnknownTeam);
}

/** Of a team that was not found: the member that names it is refused; every other error is thrown on. */
export function asUnknownTeam(error: unknown): never {
  if (error instanceof DomainError && error.code === 'not_found') {
    throw invalidField('/teamId', 'unknown_reference', 'There is no such team.');
  }
  throw error;
}
