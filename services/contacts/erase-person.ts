import { invalidField, notFound } from '../../domain/shared/errors';
import { Prisma, type Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { within } from '../prisma-queryable';
import { appendEvents, change } from '../transaction';
import { nextVersion } from '../update';

/** What was erased of a person, as counts; no text of theirs. */
export interface ErasureView {
  readonly contactId: string;
  /** The name stands on invoices or on what will be invoiced, which the law keeps: it stays with the contact only. */
  readonly nameKept: boolean;
  /** Tickets whose subject and description were erased. */
  readonly tickets: number;
  /** Messages whose text was erased. */
  readonly messages: number;
  /** Subscriptions to teams and tickets that ended. */
  readonly followers: number;
}

const erased = '[erased]';

/** What stands afterwards in place of the members that may hold a person's texts, in events and stored answers. */
const replacements = {
  name: erased,
  email: null,
  phone: null,
  subject: erased,
  description: '',
  body: erased,
};

/**
 * Erases a person (Art. 17 GDPR): name, mail address and phone of the contact; subject and description of the tickets
 * whose contact they are; every message on these, and theirs on others; reasons of decisions on these; all of the same
 * in events and stored answers; what they follow. Records, their ids, times and minutes stay, so that deadlines and
 * books remain explained; so does the name of who is on an invoice, a draft too, or on a confirmed order. It leaves a
 * `contact.erased` event. Again it erases what has come since.
 * @throws DomainError `not_found`; `validation_failed` for an organisation, which is no person.
 */
export function erasePerson(context: Context, contactId: string): Promise<ErasureView> {
  return change(context, async (work) => {
    const { db } = work;
    const key = { companyId: context.companyId, contactId };
    const [person] = await db.$queryRaw<{ kind: string }[]>`
      SELECT kind FROM contact WHERE company_id = ${key.companyId} AND id = ${contactId} FOR UPDATE`;
    if (person === undefined) throw notFound('contact');
    if (person.kind !== 'person') {
      throw invalidField(
        '/path/contactId',
        'not_allowed',
        'Only a person can be erased; this is an organisation.',
      );
    }
    const nameKept = await isInvoiced(db, key);
    // Recorded first: the database lets events lose their texts only in the transaction that says so.
    await appendEvents(context, within(db), [
      { kind: 'contact.erased', subjectId: contactId, after: { nameKept } },
    ]);
    work.unchanged();
    await db.contact.update({
      where: { companyId_id: { companyId: key.companyId, id: contactId } },
      data: { ...(nameKept ? {} : { name: erased }), email: null, phone: null, ...nextVersion(context) },
    });
    const tickets = await ticketsOf(db, key);
    const counts = {
      tickets: await eraseTickets(context, db, contactId),
      messages: await eraseMessages(db, key, tickets),
    };
    await eraseEvents(db, key, tickets);
    await eraseAnswers(db, key, tickets);
    const followers =
      (await db.ticketFollower.deleteMany({ where: key })).count +
      (await db.teamFollower.deleteMany({ where: key })).count;
    return { contactId, nameKept, ...counts, followers };
  });
}

interface PersonKey {
  readonly companyId: string;
  readonly contactId: string;
}

/**
 * Asked under the contact's lock and after it, so that an invoice that was being made meanwhile is seen: it refers to
 * the contact and holds its key.
 */
async function isInvoiced(db: Transaction, { companyId, contactId }: PersonKey): Promise<boolean> {
  const [row] = await db.$queryRaw<{ invoiced: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM invoice WHERE company_id = ${companyId} AND contact_id = ${contactId})
      OR EXISTS (SELECT 1 FROM sale_order WHERE company_id = ${companyId} AND contact_id = ${contactId}
        AND status = 'confirmed') AS invoiced`;
  return row?.invoiced ?? false;
}

async function ticketsOf(db: Transaction, { companyId, contactId }: PersonKey): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM ticket WHERE company_id = ${companyId} AND contact_id = ${contactId}`;
  return rows.map(({ id }) => id);
}

/** The members of an object that may hold texts, replaced; other members and other values as they were. */
const redacted = (column: string): Prisma.Sql => {
  const value = Prisma.raw(column);
  return Prisma.sql`CASE WHEN jsonb_typeof(${value}) = 'object' THEN ${value} || (
    SELECT coalesce(jsonb_object_agg(r.key, r.value), '{}') FROM jsonb_each(${JSON.stringify(replacements)}::jsonb) AS r
    WHERE ${value} ? r.key) ELSE ${value} END`;
};

// Here and below: a statement for each way to the person's rows, since an OR of two finds neither by its index.
async function eraseMessages(db: Transaction, key: PersonKey, tickets: string[]): Promise<number> {
  const ways = [Prisma.sql`contact_id = ${key.contactId}`, Prisma.sql`ticket_id = ANY(${tickets})`];
  let erasedMessages = 0;
  for (const way of ways) {
    erasedMessages += await db.$executeRaw`UPDATE message SET body = ${erased}
      WHERE company_id = ${key.companyId} AND body <> ${erased} AND ${way}`;
  }
  return erasedMessages;
}

function eraseTickets(context: Context, db: Transaction, contactId: string): Promise<number> {
  return db.$executeRaw`UPDATE ticket SET subject = ${erased}, description = '', version = version + 1,
      updated_at = ${context.now()}
    WHERE company_id = ${context.companyId} AND contact_id = ${contactId}
      AND (subject <> ${erased} OR description <> '')`;
}

/** Time entries are the company's own records and stay as they are, their events too. */
async function eraseEvents(db: Transaction, key: PersonKey, tickets: string[]): Promise<void> {
  const ways = [Prisma.sql`subject_id = ${key.contactId}`, Prisma.sql`ticket_id = ANY(${tickets})`];
  for (const way of ways) {
    await db.$executeRaw`UPDATE event SET before = ${redacted('before')}, after = ${redacted('after')}, reason = NULL
      WHERE company_id = ${key.companyId} AND kind NOT LIKE 'timesheet.%' AND ${way}`;
  }
  await db.$executeRaw`UPDATE sla_clock_change h SET reason = NULL FROM sla_clock c
    WHERE c.company_id = ${key.companyId} AND c.ticket_id = ANY(${tickets})
      AND h.company_id = ${key.companyId} AND h.clock_id = c.id AND h.reason IS NOT NULL`;
}

/** Answers that are kept for requests that come again. */
async function eraseAnswers(db: Transaction, key: PersonKey, tickets: string[]): Promise<void> {
  const ways = [
    Prisma.sql`ticket_id = ANY(${tickets})`,
    Prisma.sql`result->>'contactId' = ${key.contactId}`,
    Prisma.sql`starts_with(result->>'id', 'con_') AND result->>'id' = ${key.contactId}`,
  ];
  for (const way of ways) {
    await db.$executeRaw`UPDATE idempotency_key SET result = ${redacted('result')}
      WHERE company_id = ${key.companyId} AND jsonb_typeof(result) = 'object' AND NOT result ? 'minutes' AND ${way}`;
  }
}
