/** SQL over session `s` and account `u`: the session may be used at this moment. */
export const sessionInForce = 's.revoked_at IS NULL AND s.expires_at > now() AND u.active';

/** SQL over API key `k` and account `u`: the key may be used at this moment. */
export const apiKeyInForce = 'k.revoked_at IS NULL AND u.active';

export const sessionWithAccount =
  'session s JOIN user_account u ON u.company_id = s.company_id AND u.id = s.user_id';

export const apiKeyWithAccount =
  'api_key k JOIN user_account u ON u.company_id = k.company_id AND u.id = k.user_id';

/** `null` where the caller was looked up for this request. */
export type CallerToConfirm = {
  readonly credentialKind: 'session' | 'api_key';
  readonly secretHash: Buffer;
  /** With which they are remembered. */
  readonly role: string | null;
} | null;

/** The values of `callerInForce`, in its order. */
export function callerValues(caller: CallerToConfirm): unknown[] {
  return caller === null ? [null, null, null] : [caller.credentialKind, caller.secretHash, caller.role];
}

/**
 * SQL that holds while a credential is in force and its account has the role the caller is remembered with, and
 * always where the kind is null: the caller was looked up for this request already. The arguments are placeholders.
 */
export function callerInForce(kind: string, secretHash: string, role: string): string {
  return `CASE ${kind}::text
      WHEN 'session' THEN EXISTS (SELECT 1 FROM ${sessionWithAccount}
        WHERE s.token_hash = ${secretHash}::bytea AND ${sessionInForce} AND u.role = ${role}::text)
      WHEN 'api_key' THEN EXISTS (SELECT 1 FROM ${apiKeyWithAccount}
        WHERE k.secret_hash = ${secretHash}::bytea AND ${apiKeyInForce} AND u.role = ${role}::text)
      ELSE true END`;
}
