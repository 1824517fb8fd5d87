/**
 * SQL that holds when time of the commercial customer `customer` may count on order line `l` of order `o`, product
 * `p` and ordering contact `k`: a confirmed service line, sold in time, of the same customer (spec.md §9). The
 * commercial customer of a person is the organisation it belongs to, else the person.
 */
function takesTimeOf(customer: string): string {
  return `o.status = 'confirmed' AND l.unit <> 'piece' AND p.kind = 'service'
    AND coalesce(k.organisation_id, k.id) = ${customer}`;
}

const lineOrderProductContact = `sale_order_line l
  JOIN sale_order o ON o.company_id = l.company_id AND o.id = l.order_id
  JOIN product p ON p.company_id = l.company_id AND p.id = l.product_id
  JOIN contact k ON k.company_id = o.company_id AND k.id = o.contact_id`;

/**
 * Waits for whoever is changing the order (a cancellation locks it) and then looks at it again, so that time never
 * comes to stand on an order that was cancelled at the same moment. Does not hold up other time.
 */
const stayConfirmed = 'FOR KEY SHARE OF o';

/** SQL of the line's id when time of the customer may count on it, else NULL. */
export function lineWhenChargeable(company: string, line: string, customer: string): string {
  return `(SELECT l.id FROM ${lineOrderProductContact}
    WHERE l.company_id = ${company} AND l.id = ${line} AND ${takesTimeOf(customer)} ${stayConfirmed})`;
}

/** SQL of the minutes logged on line `l` that the ledger has not taken up yet: they count as if they were delivered. */
const waitingMinutes = `coalesce((SELECT sum(e.minutes) FROM timesheet_entry e
  WHERE e.company_id = l.company_id AND e.sale_order_line_id = l.id AND e.applied_version = 0
    AND e.billable AND e.deleted_at IS NULL), 0)`;

/**
 * SQL of the customer's newest confirmed prepaid line with time left, else NULL. Which one it is does not depend on how
 * far the ledger is behind, as while Temporal is away.
 */
export function newestPackWithTimeLeft(company: string, customer: string): string {
  return `(SELECT l.id FROM ${lineOrderProductContact}
    WHERE k.company_id = ${company} AND (k.id = ${customer} OR k.organisation_id = ${customer})
      AND ${takesTimeOf(customer)} AND l.invoicing = 'prepaid'
      AND l.delivered_minutes + ${waitingMinutes} < l.ordered_minutes
    ORDER BY o.confirmed_at DESC, l.id DESC LIMIT 1 ${stayConfirmed})`;
}

/**
 * SQL of the order line that time counts on, over a row `place` made by `ticketPlace`: the line that was named
 * (NULL when it must not be); for billable time else the ticket's line; else, when the team bills time, the
 * customer's newest pack with time left; else none. COALESCE and CASE look further only when they must.
 */
export function chargedLine(options: {
  readonly company: string;
  readonly named: string;
  readonly billable: string;
}): string {
  const { company, named, billable } = options;
  return `CASE
    WHEN ${named}::text IS NOT NULL THEN ${lineWhenChargeable(company, named, 'place.customer_id')}
    WHEN ${billable}::boolean THEN coalesce(
      ${lineWhenChargeable(company, 'place.ticket_line_id', 'place.customer_id')},
      CASE WHEN place.time_billing_enabled THEN ${newestPackWithTimeLeft(company, 'place.customer_id')} END)
  END`;
}

/** SQL of where a ticket's time belongs: its project, commercial customer, own line, and what the team allows. */
export function ticketPlace(company: string, ticket: string): string {
  return `SELECT t.id AS ticket_id, t.team_id, t.archived_at, t.sale_order_line_id AS ticket_line_id,
      m.project_id, m.timesheets_enabled, m.time_billing_enabled, coalesce(c.organisation_id, c.id) AS customer_id
    FROM ticket t
    JOIN team m ON m.company_id = t.company_id AND m.id = t.team_id
    LEFT JOIN contact c ON c.company_id = t.company_id AND c.id = t.contact_id
    WHERE t.company_id = ${company} AND t.id = ${ticket}`;
}
