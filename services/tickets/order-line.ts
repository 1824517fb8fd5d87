import { invalidField } from '../../domain/shared/errors';
import { lineWhenChargeable } from '../../prisma/statements/charged-line';
import type { Queryable } from '../listing';

/**
 * Time may only go to a confirmed service line of the ticket's commercial customer: the contact, or the
 * organisation it belongs to (spec.md §9).
 * @throws DomainError `validation_failed` at `/saleOrderLineId`
 */
export async function requireUsableLine(
  queryable: Queryable,
  companyId: string,
  lineId: string,
  customer: { readonly contactId: string | null; readonly email?: string | null },
): Promise<void> {
  const { rows } = await queryable.query(
    `SELECT ${lineWhenChargeable('$1', '$2', 'customer.commercial_id')} AS id
      FROM (SELECT coalesce(c.organisation_id, c.id) AS commercial_id FROM contact c
        WHERE c.company_id = $1 AND (c.id = $3 OR (c.kind = 'person' AND c.email = $4))) customer`,
    [companyId, lineId, customer.contactId, customer.email ?? null],
  );
  if ((rows[0] as { readonly id: string | null } | undefined)?.id) return;
  throw invalidField(
    '/saleOrderLineId',
    'unknown_reference',
    'This is not a confirmed service line of the ticket’s customer.',
  );
}
