import { invalidField, notFound } from '../../domain/shared/errors';
import { Prisma, type Transaction } from '../../prisma/client';
import type { Context } from '../context';
import { within } from '../prisma-queryable';
import { appendEvents, change } from '../transaction';
import { nextVersion } from '../update';

/** What was erased of a person, as counts; no text of theirs. */
export interface ErasureView {
  readonly contactId: string;
  /** The name stands on posted invoices, which the law keeps: it stays with the contact, and nowhere else. */
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
 * books remain explained. It leaves a `contact.erased` event. Again it erases what has come since.
 * @throws DomainError `not_found`; `validation_failed` for an organisation, which is no person.
 */
export function erasePerson(context: Context, contactId: string): Promise<ErasureView> {
  return change(context, async (work) => {
    const { db } = work;
    const key = { companyId: context.companyId, contactId };
    const [person] = await db.$queryRaw<{ kind: string; onInvoices: boolean }[]>`
      SELECT kind, EXISTS (SELECT 1 FROM invoice i WHERE i.company_id = c.company_id AND i.contact_id = c.id
        AND i.status <> 'draft') AS "onInvoices"
      FROM contact c WHERE company_id = ${key.companyId} AND id = ${contactId} FOR UPDATE`;
    if (person === undefined) throw notFound('contact');
    if (person.kind !== 'person') {
      throw invalidField(
        '/path/contactId',
        'not_allowed',
        'Only a person can be erased; this is an organisation.',
      );
    }
    const nameKept = person.onInvoices;
    // Recorded first: the database lets events lose their texts only in the transaction that says so.
    await appendEvents(context, within(db), [
      { kind: 'contact.erased', subjectId: contactId, after: { nameKept } },
    ]);
    work.unchanged();
    await db.contact.update({
      where: { companyId_id: { companyId: key.companyId, id: contactId } },
      data: { ...(nameKept ? {} : { name: erased }), email: null, phone: null, ...nextVersion(context) },
    });
    const messages = await eraseMessages(db, key);
    const tickets = await eraseTickets(context, db, contactId);
    await eraseEvents(db, key);
    await eraseAnswers(db, key);
    const followers =
      (await db.ticketFollower.deleteMany({ where: key })).count +
      (await db.teamFollower.deleteMany({ where: key })).count;
    return { contactId, nameKept, tickets, messages, followers };
  });
}

interface PersonKey {
  readonly companyId: string;
  readonly contactId: string;
}

const ticketsOf = ({ companyId, contactId }: PersonKey): Prisma.Sql =>
  Prisma.sql`SELECT id FROM ticket WHERE company_id = ${companyId} AND contact_id = ${contactId}`;

/** The members of an object that may hold texts, replaced; other members and other values as they were. */
const redacted = (column: string): Prisma.Sql => {
  const value = Prisma.raw(column);
  return Prisma.sql`CASE WHEN jsonb_typeof(${value}) = 'object' THEN ${value} || (
    SELECT coalesce(jsonb_object_agg(r.key, r.value), '{}') FROM jsonb_each(${JSON.stringify(replacements)}::jsonb) AS r
    WHERE ${value} ? r.key) ELSE ${value} END`;
};

function eraseMessages(db: Transaction, key: PersonKey): Promise<number> {
  return db.$executeRaw`UPDATE message SET body = ${erased}
    WHERE company_id = ${key.companyId} AND body <> ${erased}
      AND (contact_id = ${key.contactId} OR ticket_id IN (${ticketsOf(key)}))`;
}

function eraseTickets(context: Context, db: Transaction, contactId: string): Promise<number> {
  return db.$executeRaw`UPDATE ticket SET subject = ${erased}, description = '', version = version + 1,
      updated_at = ${context.now()}
    WHERE company_id = ${context.companyId} AND contact_id = ${contactId}
      AND (subject <> ${erased} OR description <> '')`;
}

/** Time entries are the company's own records and stay as they are, their events too. */
async function eraseEvents(db: Transaction, key: PersonKey): Promise<void> {
  await db.$executeRaw`UPDATE event SET before = ${redacted('before')}, after = ${redacted('after')}, reason = NULL
    WHERE company_id = ${key.companyId} AND kind NOT LIKE 'timesheet.%'
      AND (subject_id = ${key.contactId} OR ticket_id IN (${ticketsOf(key)}))`;
  await db.$executeRaw`UPDATE sla_clock_change SET reason = NULL
    WHERE company_id = ${key.companyId} AND reason IS NOT NULL AND clock_id IN (
      SELECT id FROM sla_clock WHERE company_id = ${key.companyId} AND ticket_id IN (${ticketsOf(key)}))`;
}

/** Answers that are kept for requests that come again. */
async function eraseAnswers(db: Transaction, key: PersonKey): Promise<void> {
  await db.$executeRaw`UPDATE idempotency_key SET result = ${redacted('result')}
    WHERE company_id = ${key.companyId} AND jsonb_typeof(result) = 'object' AND NOT result ? 'minutes'
      AND (ticket_id IN (${ticketsOf(key)}) OR result->>'id' = ${key.contactId}
        OR result->>'contactId' = ${key.contactId})`;
}
