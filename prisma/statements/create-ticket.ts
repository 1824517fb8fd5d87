import { type CallerToConfirm, callerInForce, callerValues } from './caller-in-force';
import { lineWhenChargeable, newestPackWithTimeLeft } from './charged-line';

/**
 * Creates a ticket with everything that belongs to it in one round trip: the ticket, its first stage period, its
 * clocks with their first reasons, the audit events, the outbox job and the idempotency key commit together.
 * It inserts nothing, and answers no row, when the team's configuration is not the one the deadlines were
 * computed from, when the caller's credential has ended, when they do not see the team, when the order line cannot be used, or when the
 * idempotency key is taken; the caller then finds out which. It waits for whoever is changing the team's rules, and
 * holds up who wants to, so that every ticket is either timed by the new rules or told of them.
 */
export interface CreateTicketParameters {
  readonly companyId: string;
  readonly configurationVersion: number;
  /** `null` sees every team. */
  readonly visibleToUserId: string | null;
  readonly ticket: {
    readonly id: string;
    readonly team_id: string;
    readonly stage_id: string;
    readonly subject: string;
    readonly description: string;
    readonly priority: number;
    readonly channel: string;
    readonly contact_id: string | null;
    readonly sale_order_line_id: string | null;
    readonly sla_state: string;
    readonly next_deadline: string | null;
    readonly next_wake_at: string | null;
    readonly closed_at: string | null;
    readonly created_at: string;
  };
  /** A person to find by the address, or to create with the ticket when there is none. */
  readonly contact: {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly event_id: string;
  } | null;
  readonly actor: unknown;
  readonly clocks: readonly unknown[];
  readonly clockChanges: readonly unknown[];
  readonly events: readonly unknown[];
  readonly jobId: string;
  readonly command: { readonly id: string; readonly fingerprint: string } | null;
  /** The answer but for the number, the reference, the contact and the order line, which the database adds. */
  readonly answer: unknown;
  /** Pick the customer's newest prepaid line with time left where none is named (spec.md §9). */
  readonly pickLine: boolean;
  readonly caller: CallerToConfirm;
}

const personSql = `  ), person AS (
    INSERT INTO contact (company_id, id, kind, name, email, created_at, updated_at)
    SELECT $1, customer_id, 'person', ($17::jsonb)->>'name', ($17::jsonb)->>'email', (($4::jsonb)->>'created_at')::timestamptz,
      (($4::jsonb)->>'created_at')::timestamptz FROM go WHERE customer_id = ($17::jsonb)->>'id'
    RETURNING id, name, email
  ), person_audit AS (
    INSERT INTO event (company_id, id, kind, subject_id, actor, after, command_id, request_id, created_at)
    SELECT $1, ($17::jsonb)->>'event_id', 'contact.created', id, $5::jsonb, jsonb_build_object('id', id, 'kind', 'person', 'name', name, 'email', email),
      $10, ($8::jsonb)->0->>'request_id', (($4::jsonb)->>'created_at')::timestamptz FROM person
`;

/**
 * `clocksSql` and `clockChangesSql` write JSON records under the condition that the ticket was created.
 * @param withPerson whether `contact` is given; what finds or creates a person costs also when there is none.
 */
export function createTicketText(clocksSql: string, clockChangesSql: string, withPerson: boolean): string {
  const contactId = withPerson
    ? `coalesce(($4::jsonb)->>'contact_id', (SELECT p.id FROM contact p WHERE p.company_id = $1 AND p.kind = 'person'
      AND p.email = ($17::jsonb)->>'email'), ($17::jsonb)->>'id')`
    : `($4::jsonb)->>'contact_id'`;
  return `WITH person_or_company AS MATERIALIZED (
    SELECT ${contactId} AS id
  ), customer AS MATERIALIZED (
    SELECT x.id, (SELECT coalesce(c.organisation_id, c.id) FROM contact c WHERE c.company_id = $1 AND c.id = x.id) AS commercial_id
    FROM person_or_company x
  ), allowed AS MATERIALIZED (
    SELECT customer.id AS customer_id FROM customer, team m WHERE m.company_id = $1 AND m.id = ($4::jsonb)->>'team_id' AND m.configuration_version = $2
      AND ($3::text IS NULL OR m.visibility <> 'private'
        OR EXISTS (SELECT 1 FROM team_member x WHERE x.company_id = $1 AND x.team_id = m.id AND x.user_id = $3)
        OR EXISTS (SELECT 1 FROM team_follower x WHERE x.company_id = $1 AND x.team_id = m.id AND x.user_id = $3))
      AND (($4::jsonb)->>'sale_order_line_id' IS NULL
        OR ${lineWhenChargeable('$1', `($4::jsonb)->>'sale_order_line_id'`, 'customer.commercial_id')} IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM idempotency_key i WHERE i.company_id = $1 AND i.command_id = $10)
      AND ${callerInForce('$14', '$15', '$16')}
    FOR SHARE OF m
  ), numbered AS MATERIALIZED (
    SELECT nextval(format('%I', 'ticket_number_' || $1)::regclass) AS number,
      customer_id, coalesce(($4::jsonb)->>'sale_order_line_id', CASE WHEN $13
        THEN ${newestPackWithTimeLeft('$1', 'customer.commercial_id')} END) AS line_id
    FROM allowed, customer
  ), answer AS MATERIALIZED (
    SELECT number, line_id, customer_id, $12::jsonb || jsonb_build_object('number', number, 'saleOrderLineId', line_id,
      'contactId', customer_id,
      'reference', '#' || lpad(number::text, greatest(5, length(number::text)), '0')) AS body FROM numbered
  ), key AS (
    INSERT INTO idempotency_key (company_id, command_id, fingerprint, status, ticket_id, result)
    SELECT $1, $10, $11, 'applied', ($4::jsonb)->>'id', body FROM answer WHERE $10::text IS NOT NULL
    ON CONFLICT (company_id, command_id) DO NOTHING RETURNING command_id
  ), go AS MATERIALIZED (
    SELECT * FROM answer WHERE $10::text IS NULL OR EXISTS (SELECT 1 FROM key)
${withPerson ? personSql : ''}  ), created AS (
    INSERT INTO ticket (company_id, id, number, team_id, stage_id, subject, description, priority, channel, contact_id,
      sale_order_line_id, sla_state, next_deadline, next_wake_at, closed_at, created_at, updated_at)
    SELECT $1, r.id, a.number, r.team_id, r.stage_id, r.subject, r.description, r.priority, r.channel, a.customer_id,
      a.line_id, r.sla_state, r.next_deadline, r.next_wake_at, r.closed_at, r.created_at, r.created_at
    FROM go a, jsonb_to_record($4::jsonb) AS r(id text, team_id text, stage_id text, subject text, description text,
      priority integer, channel text, sla_state text, next_deadline timestamptz,
      next_wake_at timestamptz, closed_at timestamptz, created_at timestamptz)
    RETURNING id, stage_id, created_at
  ), period AS (
    INSERT INTO ticket_stage_period (company_id, ticket_id, sequence, stage_id, entered_at, entered_by)
    SELECT $1, id, 1, stage_id, created_at, $5::jsonb FROM created
  ), clock AS (${clocksSql}
  ), clock_change AS (${clockChangesSql}
  ), audit AS (
    INSERT INTO event (company_id, id, kind, subject_id, ticket_id, actor, after, command_id, request_id, created_at)
    SELECT $1, r.id, r.kind, r.subject_id, created.id, $5::jsonb,
      CASE r.kind WHEN 'ticket.created' THEN (SELECT body FROM answer) ELSE r.after END, $10, r.request_id, created.created_at
    FROM created, jsonb_to_recordset($8::jsonb) AS r(id text, kind text, subject_id text, after jsonb, request_id text)
  ), outbox AS (
    INSERT INTO job (company_id, id, ticket_id, kind, reference)
    SELECT $1, $9, id, 'ticket_created', '{}'::jsonb FROM created
  )
  SELECT a.body FROM answer a JOIN created ON true`;
}

/** The values in the order of the statement's placeholders. */
export function createTicketValues(parameters: CreateTicketParameters): unknown[] {
  return [
    parameters.companyId,
    parameters.configurationVersion,
    parameters.visibleToUserId,
    JSON.stringify(parameters.ticket),
    JSON.stringify(parameters.actor),
    JSON.stringify(parameters.clocks),
    JSON.stringify(parameters.clockChanges),
    JSON.stringify(parameters.events),
    parameters.jobId,
    parameters.command?.id ?? null,
    parameters.command?.fingerprint ?? null,
    JSON.stringify(parameters.answer),
    parameters.pickLine,
    ...callerValues(parameters.caller),
    ...(parameters.contact === null ? [] : [JSON.stringify(parameters.contact)]),
  ];
}
