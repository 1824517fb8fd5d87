import { invalidField } from '../../domain/shared/errors';
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
    `SELECT 1 AS usable FROM sale_order_line l
      JOIN sale_order o ON o.company_id = l.company_id AND o.id = l.order_id AND o.status = 'confirmed'
      JOIN contact oc ON oc.company_id = o.company_id AND oc.id = o.contact_id
      JOIN contact tc ON tc.company_id = o.company_id AND (tc.id = $3 OR (tc.kind = 'person' AND tc.email = $4))
      WHERE l.company_id = $1 AND l.id = $2 AND l.unit <> 'piece'
        AND coalesce(oc.organisation_id, oc.id) = coalesce(tc.organisation_id, tc.id)`,
    [companyId, lineId, customer.contactId, customer.email ?? null],
  );
  if (rows.length > 0) return;
  throw invalidField(
    '/saleOrderLineId',
    'unknown_reference',
    'This is not a confirmed service line of the ticket’s customer.',
  );
}
