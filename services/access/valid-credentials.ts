import type { Database } from '../../prisma/client';
import { apiKeyInForce, sessionInForce } from '../../prisma/statements/caller-in-force';
import type { Identity } from './authenticate';

/**
 * Which of these callers would still be let in as they were: their session or key is in force, their account is
 * active, and their role is the one they came with. For requests that outlive the check at their beginning.
 */
export async function stillValid(
  database: Database,
  identities: readonly Identity[],
): Promise<ReadonlySet<Identity>> {
  const credentials = new Map(identities.map((identity) => [identity.credentialId, identity.companyId]));
  const { rows } = await database.pool.query<{ id: string; role: string }>(
    `WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[]) AS asked(company_id, id))
     SELECT s.id, u.role FROM asked JOIN session s USING (company_id, id)
       JOIN user_account u ON u.company_id = s.company_id AND u.id = s.user_id
       WHERE ${sessionInForce}
     UNION ALL
     SELECT k.id, u.role FROM asked JOIN api_key k USING (company_id, id)
       JOIN user_account u ON u.company_id = k.company_id AND u.id = k.user_id
       WHERE ${apiKeyInForce}`,
    [[...credentials.values()], [...credentials.keys()]],
  );
  const roleOf = new Map(rows.map(({ id, role }) => [id, role]));
  return new Set(identities.filter(({ credentialId, role }) => roleOf.get(credentialId) === role));
}
