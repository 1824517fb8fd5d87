import type pg from 'pg';
import { openDatabase } from '../../../prisma/client';
import { erasePerson } from '../../../services/contacts/erase-person';
import type { Context } from '../../../services/context';
import { newId } from '../../../services/ids';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import {
  company,
  contact,
  contextFor,
  manyTickets,
  saleOrder,
  team,
  ticket,
  type World,
} from '../../support/factories';

const database = testDatabase();

const others = 5_000;

/** Tickets of other people with events, messages, clocks and stored answers, one of each, as many as `others`. */
async function otherPeople(world: World): Promise<void> {
  await manyTickets(world, await team(world), { count: others });
  const { pool } = database;
  const values = [world.companyId];
  await pool.query(
    `INSERT INTO event (company_id, id, kind, subject_id, ticket_id, actor, after)
     SELECT $1, 'evt_' || id, 'ticket.created', id, id, '{}', '{"subject": "x"}' FROM ticket WHERE company_id = $1`,
    values,
  );
  await pool.query(
    `INSERT INTO message (company_id, id, ticket_id, user_id, body)
     SELECT $1, 'msg_' || id, id, $2, 'x' FROM ticket WHERE company_id = $1`,
    [...values, world.users.agent.id],
  );
  await pool.query(
    `INSERT INTO idempotency_key (company_id, command_id, fingerprint, status, ticket_id, result)
     SELECT $1, 'cmd_' || id, '', 'applied', id, jsonb_build_object('id', id, 'contactId', 'con_' || id, 'subject', 'x')
     FROM ticket WHERE company_id = $1`,
    values,
  );
  await pool.query('VACUUM ANALYZE event, message, idempotency_key');
}

/** Erases on a connection of its own, and answers how many rows of each table its transaction read. */
async function rowsReadByErasure(context: Context, contactId: string): Promise<ReadonlyMap<string, number>> {
  const own = openDatabase({ url: database.url, poolSize: 1, applicationName: 'erasure' });
  const read = new Map<string, number>();
  const client = await own.pool.connect();
  const query = client.query.bind(client) as (...given: unknown[]) => Promise<pg.QueryResult>;
  const recorded = async (...given: unknown[]): Promise<pg.QueryResult> => {
    const [asked] = given as [string | { readonly text: string }];
    if ((typeof asked === 'string' ? asked : asked.text) === 'COMMIT') {
      const { rows } = await query(
        `SELECT relname AS name, seq_tup_read + coalesce(idx_tup_fetch, 0) AS read FROM pg_stat_xact_user_tables`,
      );
      for (const { name, read: amount } of rows as { name: string; read: number }[]) read.set(name, amount);
    }
    return query(...given);
  };
  client.query = recorded as typeof client.query;
  client.release();
  try {
    await erasePerson({ ...context, database: own }, contactId);
  } finally {
    await own.close();
  }
  return read;
}

it('reads the rows of the person, not those of the company', async () => {
  const world = await company(database);
  await otherPeople(world);
  const contactId = await contact(world);
  const { id } = await ticket(world, await team(world), { contactId });
  await database.prisma.message.create({
    data: { companyId: world.companyId, id: newId('message'), ticketId: id, contactId, body: 'Mine' },
  });
  const read = await rowsReadByErasure(contextFor(world), contactId);
  const big = ['ticket', 'event', 'message', 'idempotency_key'];
  expect(big.filter((name) => !read.has(name))).toEqual([]);
  expect([...read].filter(([, rows]) => rows > others / 10)).toEqual([]);
});

describe('the name stays where the law keeps it', () => {
  const invoiceOf = (world: World, orderId: string, contactId: string): [string, unknown[]] => [
    `INSERT INTO invoice (company_id, id, sale_order_id, contact_id, currency, total_minor)
     VALUES ($1, $2, $3, $4, 'EUR', 0)`,
    [world.companyId, newId('invoice'), orderId, contactId],
  ];
  const nameOf = async (world: World, id: string): Promise<string | undefined> =>
    (
      await database.prisma.contact.findUnique({
        where: { companyId_id: { companyId: world.companyId, id } },
      })
    )?.name;
  async function personWithOrder(
    world: World,
    status: 'draft' | 'confirmed' | 'cancelled',
  ): Promise<{ contactId: string; orderId: string }> {
    const contactId = await contact(world);
    return { contactId, orderId: (await saleOrder(world, { contactId, status })).id };
  }

  it.each([
    ['on a confirmed order, of which an invoice can still be made', 'confirmed', false, true],
    ['on a draft invoice', 'cancelled', true, true],
    ['nowhere with an order that was cancelled', 'cancelled', false, false],
    ['nowhere with an order that nobody confirmed', 'draft', false, false],
  ] as const)('%s', async (_where, status, drafted, kept) => {
    const world = await company(database);
    const { contactId, orderId } = await personWithOrder(world, status);
    const name = await nameOf(world, contactId);
    if (drafted) await database.pool.query(...invoiceOf(world, orderId, contactId));
    expect(await erasePerson(contextFor(world), contactId)).toMatchObject({ nameKept: kept });
    expect(await nameOf(world, contactId)).toBe(kept ? name : '[erased]');
  });

  it('on an invoice that was being made when the erasure began', async () => {
    const world = await company(database);
    const { contactId, orderId } = await personWithOrder(world, 'cancelled');
    const client = await database.pool.connect();
    let erasure: ReturnType<typeof erasePerson>;
    try {
      await client.query('BEGIN');
      await client.query(...invoiceOf(world, orderId, contactId));
      erasure = erasePerson(contextFor(world), contactId);
      await eventually(
        'the erasure waits for the invoice',
        async () => {
          const { rowCount } = await database.pool.query(
            `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          return rowCount === 1;
        },
        10_000,
      );
      await client.query('COMMIT');
    } finally {
      client.release(true);
    }
    expect(await erasure).toMatchObject({ nameKept: true });
  });
});
