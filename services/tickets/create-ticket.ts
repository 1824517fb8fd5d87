import { DomainError, invalidField } from '../../domain/shared/errors';
import { type Priority, priorityRank } from '../../domain/ticket/values';
import {
  type CreateTicketParameters,
  createTicketText,
  createTicketValues,
} from '../../prisma/statements/create-ticket';
import { type Context, callerToConfirm } from '../context';
import { constraintOf } from '../database-errors';
import { newId } from '../ids';
import { firstClockChangesSql, firstClocksSql, recordsOf } from '../sla/clock-records';
import { planClocks } from '../sla/plan-clocks';
import { eventsOf, loadCalendars } from '../sla/settle-clocks';
import { loadTeamRules, type TeamRules } from '../sla/team-rules';
import { asUnknownTeam, requireTeam } from '../teams/require-team';
import { storedResult } from '../transaction';
import { requireUsableLine } from './order-line';
import type { TicketView } from './ticket';

export interface TicketDraft {
  readonly teamId: string;
  readonly subject: string;
  readonly description?: string | undefined;
  readonly contactId?: string | undefined;
  /** Found by its address, or created with the ticket. */
  readonly contact?: { readonly name: string; readonly email: string } | undefined;
  readonly priority?: Priority | undefined;
  readonly saleOrderLineId?: string | undefined;
}

const whenCreated = 'EXISTS (SELECT 1 FROM created)';
const clocksSql = firstClocksSql('$1', '$6::jsonb', whenCreated);
const clockChangesSql = firstClockChangesSql('$1', '$7::jsonb', whenCreated);

const statement = { name: 'create_ticket', text: createTicketText(clocksSql, clockChangesSql, false) };
const statementWithPerson = {
  name: 'create_ticket_with_person',
  text: createTicketText(clocksSql, clockChangesSql, true),
};

/** Rules by team, as last read. Only a hint: the statement refuses to use rules that are no longer the team's. */
const cachedRules = new Map<string, TeamRules>();
const largestCache = 2_000;

async function rulesOf(context: Context, teamId: string, fresh: boolean): Promise<TeamRules> {
  const key = `${context.companyId}/${teamId}`;
  const cached = cachedRules.get(key);
  if (cached !== undefined && !fresh) return cached;
  const rules = await loadTeamRules(context.database.pool, context.companyId, teamId);
  if (cachedRules.size >= largestCache) cachedRules.clear();
  cachedRules.set(key, rules);
  return rules;
}

/**
 * Records a submitted ticket: a fact (spec.md §2). The ticket, its deadlines, its event and the job that tells
 * its workflow are committed together in one round trip; it never waits for Temporal. With the same
 * idempotency key it answers the same ticket.
 * @throws DomainError `validation_failed` for an unknown team, contact or order line; `idempotency_key_reused`.
 */
export async function createTicket(caller: Context, draft: TicketDraft): Promise<TicketView> {
  let context = caller;
  for (let attempt = 0; attempt < 5; attempt++) {
    const rules = await rulesOf(context, draft.teamId, attempt > 0).catch(asUnknownTeam);
    const parameters = await parametersOf(context, draft, rules);
    const { rows } = await context.database.pool
      .query<{ body: TicketView }>({
        ...(parameters.contact === null ? statement : statementWithPerson),
        values: createTicketValues(parameters),
      })
      .catch(asUnknownReference);
    if (rows[0] !== undefined) return rows[0].body;
    if (context.unconfirmed !== undefined) {
      context = await context.unconfirmed.confirm();
      continue;
    }
    const replayed = await whyNot(context, draft);
    if (replayed !== undefined) return replayed;
  }
  throw new DomainError('database_unavailable', 'The team is being set up just now; try again.', {
    retryAfterSeconds: 1,
  });
}

async function parametersOf(
  context: Context,
  draft: TicketDraft,
  team: TeamRules,
): Promise<CreateTicketParameters> {
  const stage = team.stages.find(({ category }) => category === 'open');
  if (stage === undefined)
    throw invalidField('/teamId', 'team_without_stages', 'The team has no open stage to start in.');
  const createdAtMs = context.now().getTime();
  const createdAt = new Date(createdAtMs).toISOString();
  const id = newId('ticket');
  const priority = draft.priority ?? 'medium';
  const plan = planClocks({
    team,
    priority: priorityRank(priority),
    createdAtMs,
    periods: [
      { sequence: 1, stageId: stage.id, enteredAtMs: createdAtMs, leftAtMs: null, enteredBy: context.actor },
    ],
    stages: new Map(team.stages.map((each) => [each.id, each])),
    clocks: [],
    nowMs: createdAtMs,
    rematch: true,
    adoptCalendar: false,
    moved: false,
    workingTimeOf: await loadCalendars(context.database.pool, context.companyId, team, []),
  });
  const records = recordsOf(plan, {
    ticketId: id,
    cause: 'ticket_created',
    actor: context.actor,
    nowMs: createdAtMs,
  });
  const iso = (instantMs: number | null): string | null =>
    instantMs === null ? null : new Date(instantMs).toISOString();
  const view: Omit<TicketView, 'number' | 'reference' | 'contactId' | 'saleOrderLineId'> = {
    id,
    teamId: draft.teamId,
    stageId: stage.id,
    stageCategory: stage.category,
    subject: draft.subject,
    description: draft.description ?? '',
    priority,
    channel: 'api',
    assigneeId: null,
    slaState: plan.sla.slaState,
    nextDeadline: iso(plan.sla.nextDeadlineMs),
    closedAt: null,
    archivedAt: null,
    version: 1,
    createdAt,
    updatedAt: createdAt,
  };
  const drafts = [
    { kind: 'ticket.created', subjectId: id },
    ...plan.clocks.flatMap((clock) => eventsOf(id, clock)),
  ];
  return {
    companyId: context.companyId,
    configurationVersion: team.configurationVersion,
    visibleToUserId: context.role === null || context.role === 'admin' ? null : userOf(context),
    ticket: {
      id,
      team_id: draft.teamId,
      stage_id: stage.id,
      subject: draft.subject,
      description: draft.description ?? '',
      priority: priorityRank(priority),
      channel: 'api',
      contact_id: draft.contactId ?? null,
      sale_order_line_id: draft.saleOrderLineId ?? null,
      sla_state: plan.sla.slaState,
      next_deadline: view.nextDeadline,
      next_wake_at: iso(plan.sla.nextWakeAtMs),
      closed_at: null,
      created_at: createdAt,
    },
    contact:
      draft.contact === undefined
        ? null
        : { id: newId('contact'), event_id: newId('event'), ...draft.contact },
    actor: context.actor,
    clocks: records.clocks,
    clockChanges: records.changes,
    events: drafts.map((event) => ({
      id: newId('event'),
      kind: event.kind,
      subject_id: event.subjectId,
      after: 'after' in event ? event.after : null,
      request_id: context.requestId,
    })),
    jobId: newId('job'),
    command:
      context.command === null
        ? null
        : { id: context.command.commandId, fingerprint: context.command.fingerprint },
    answer: view,
    pickLine: team.timeBillingEnabled,
    caller: callerToConfirm(context),
  };
}

function userOf(context: Context): string {
  return context.actor.type === 'user' ? context.actor.userId : '';
}

/** Why the statement inserted nothing: a stored answer is returned, rules that moved on are read again, the rest is refused. */
async function whyNot(context: Context, draft: TicketDraft): Promise<TicketView | undefined> {
  const { prisma, pool } = context.database;
  if (context.command !== null) {
    const row = await prisma.idempotencyKey.findUnique({
      where: { companyId_commandId: { companyId: context.companyId, commandId: context.command.commandId } },
    });
    if (row !== null) {
      const stored = storedResult(row, context.command) as TicketView;
      context.command.replayed = true;
      return stored;
    }
  }
  await requireTeam(context, draft.teamId);
  if (draft.contactId !== undefined) {
    const found = await pool.query('SELECT 1 FROM contact WHERE company_id = $1 AND id = $2', [
      context.companyId,
      draft.contactId,
    ]);
    if (found.rows.length === 0) {
      throw invalidField('/contactId', 'unknown_reference', 'There is no such contact.');
    }
  }
  if (draft.saleOrderLineId !== undefined) {
    const customer = { contactId: draft.contactId ?? null, email: draft.contact?.email ?? null };
    await requireUsableLine(pool, context.companyId, draft.saleOrderLineId, customer);
  }
  return undefined;
}

/** A person whom someone else created at the same instant is found by the next attempt. */
function asUnknownReference(error: unknown): { rows: { body: TicketView }[] } {
  const constraint = constraintOf(error);
  if (constraint?.kind === 'unique' && constraint.name === 'contact_person_email_key') return { rows: [] };
  if (constraint?.kind === 'reference' && constraint.name.includes('contact_id')) {
    throw invalidField('/contactId', 'unknown_reference', 'There is no such contact.');
  }
  throw error;
}
