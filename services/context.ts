import type { Actor, Role } from '../domain/shared/actor';
import type { Database } from '../prisma/client';
import type { CallerToConfirm } from '../prisma/statements/caller-in-force';

/** The key of an effect that must happen once however often it is asked for. */
export interface Command {
  readonly commandId: string;
  /** Of method, route and body: the same key with another fingerprint is a mistake of the client. */
  readonly fingerprint: string;
  /** Set when the answer is a stored one and nothing was done this time. */
  replayed: boolean;
}

/**
 * A caller whom the process knows from an earlier request. A verb that gets one has its statement look whether the
 * credential is in force (`prisma/statements/caller-in-force.ts`); when nothing was written it confirms the caller
 * before it looks for other reasons.
 */
export interface UnconfirmedCaller {
  readonly credentialKind: 'session' | 'api_key';
  readonly secretHash: Buffer;
  /**
   * The same work for the caller as they are now, looked up.
   * @throws DomainError `unauthenticated`, `forbidden`
   */
  confirm(): Promise<Context>;
}

/** What every verb gets: for whom, by whom, with what, and when. */
export interface Context {
  readonly companyId: string;
  readonly actor: Actor;
  /** The role that decides what the actor sees; `null` for the system and for operators, who see everything. */
  readonly role: Role | null;
  readonly requestId: string | null;
  readonly command: Command | null;
  readonly database: Database;
  readonly now: () => Date;
  /** Only for the verbs of routes that declare `confirmsCaller`. */
  readonly unconfirmed?: UnconfirmedCaller;
}

/** What the statement that does the work has to look at before it writes. */
export function callerToConfirm({ unconfirmed, role }: Context): CallerToConfirm {
  if (unconfirmed === undefined) return null;
  const { credentialKind, secretHash } = unconfirmed;
  return { credentialKind, secretHash, role };
}

/** The context of work that no request stands behind: a workflow's activity, the reconcile sweep, the seed. */
export function systemContext(options: {
  readonly companyId: string;
  readonly database: Database;
  readonly actor: Actor;
  readonly now?: () => Date;
  readonly command?: Command;
}): Context {
  return {
    companyId: options.companyId,
    actor: options.actor,
    role: null,
    requestId: null,
    command: options.command ?? null,
    database: options.database,
    now: options.now ?? (() => new Date()),
  };
}
