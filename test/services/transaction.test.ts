import { DomainError, notFound } from '../../domain/shared/errors';
import type { Command, Context } from '../../services/context';
import { newId } from '../../services/ids';
import type { Queryable } from '../../services/listing';
import { inStatements } from '../../services/statements-transaction';
import { change, changeByStatements } from '../../services/transaction';
import { testDatabase } from '../support/database';
import {
  commandFor,
  company,
  contact,
  contextFor,
  type TestTicket,
  team,
  ticket,
  type World,
} from '../support/factories';
import { rowsOf } from '../support/rows';

const database = testDatabase();
let world: World;
let owned: TestTicket;

beforeAll(async () => {
  world = await company(database);
  owned = await ticket(world, await team(world));
});

/** A verb as they all are: one row, one event, one job. */
function createPerson(context: Context, name = 'Ada'): Promise<{ id: string; name: string }> {
  return change(context, async ({ db, event, job }) => {
    const id = newId('contact');
    await db.contact.create({ data: { companyId: context.companyId, id, kind: 'person', name } });
    event({ kind: 'contact.created', subjectId: id, ticketId: owned.id, after: { id, name } });
    job({ ticketId: owned.id, kind: 'clocks_changed', reference: { contactId: id } });
    return { id, name };
  });
}

const repeated = (command: Command): Command => ({ ...command, replayed: false });

/** Lets `count` callers go on together, the first time each arrives. */
function meetingPoint(count: number): () => Promise<void> {
  let arrived = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    arrived += 1;
    if (arrived >= count) open();
    return opened;
  };
}

describe('one transaction', () => {
  it('commits row, event, job and key together', async () => {
    const command = commandFor();
    const context = contextFor(world, { role: 'agent', command });
    const { id } = await createPerson(context);
    expect(await database.prisma.contact.count({ where: { id } })).toBe(1);
    expect(await database.prisma.event.findFirstOrThrow({ where: { subjectId: id } })).toMatchObject({
      kind: 'contact.created',
      companyId: world.companyId,
      ticketId: owned.id,
      actor: { type: 'user', userId: world.users.agent.id },
      after: { id, name: 'Ada' },
      before: null,
      commandId: command.commandId,
      requestId: context.requestId,
    });
    const job = await database.prisma.job.findFirst({
      where: { ticketId: owned.id },
      orderBy: { position: 'desc' },
    });
    expect(job).toMatchObject({ kind: 'clocks_changed', reference: { contactId: id }, attempts: 0 });
    const key = await database.prisma.idempotencyKey.findFirstOrThrow({
      where: { commandId: command.commandId },
    });
    expect(key).toMatchObject({ status: 'applied', ticketId: owned.id, result: { id, name: 'Ada' } });
  });

  it('leaves nothing when the verb refuses after it wrote', async () => {
    const before = await rowsOf(database);
    const command = commandFor();
    const attempt = change(contextFor(world, { command }), async ({ db, event }) => {
      const id = await contactInside(db);
      event({ kind: 'contact.created', subjectId: id });
      throw notFound('team');
    });
    await expect(attempt).rejects.toMatchObject({ code: 'not_found' });
    expect(await rowsOf(database)).toEqual(before);
    // The key is free again: nothing was done under it.
    expect((await createPerson(contextFor(world, { command }))).name).toBe('Ada');
  });

  it('leaves nothing when its job or event cannot be stored', async () => {
    const before = await rowsOf(database);
    const attempt = change(contextFor(world), async ({ db, event, job }) => {
      const id = await contactInside(db);
      event({ kind: 'contact.created', subjectId: id });
      job({ ticketId: 'tkt_of_nobody', kind: 'clocks_changed', reference: {} });
    });
    await expect(attempt).rejects.toMatchObject({ code: 'still_referenced' });
    expect(await rowsOf(database)).toEqual(before);
  });

  it('is a defect without an event, and leaves nothing', async () => {
    const before = await rowsOf(database);
    const silent = change(contextFor(world), ({ db }) => contactInside(db));
    await expect(silent).rejects.toThrow('recorded no event');
    await expect(silent).rejects.not.toBeInstanceOf(DomainError);
    expect(await rowsOf(database)).toEqual(before);
  });

  it('may say that there was nothing to change, and answers the same again', async () => {
    const command = commandFor();
    const run = (with_: Command) =>
      change(contextFor(world, { command: with_ }), ({ unchanged }) => {
        unchanged();
        return Promise.resolve({ count: 0 });
      });
    expect(await run(command)).toEqual({ count: 0 });
    const second = repeated(command);
    expect(await run(second)).toEqual({ count: 0 });
    expect(second.replayed).toBe(true);
  });

  it('leaves nothing when its connection dies, and succeeds when asked again', async () => {
    const before = await rowsOf(database);
    const command = commandFor();
    const cut = change(contextFor(world, { command }), async ({ db, event }) => {
      const id = await contactInside(db);
      event({ kind: 'contact.created', subjectId: id });
      const [backend] = await db.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
      await database.pool.query('SELECT pg_terminate_backend($1)', [backend?.pid]);
      await db.$queryRaw`SELECT 1`;
      return id;
    });
    await expect(cut).rejects.toThrow(/terminat|closed|connection/i);
    expect(await rowsOf(database)).toEqual(before);
    expect((await createPerson(contextFor(world, { command }), 'Again')).name).toBe('Again');
  });

  it('turns a broken unique rule into a refusal', async () => {
    const email = 'taken@customer.test';
    await contact(world, { email });
    const attempt = change(contextFor(world), async ({ db, event }) => {
      const id = newId('contact');
      await db.contact.create({ data: { companyId: world.companyId, id, kind: 'person', name: 'B', email } });
      event({ kind: 'contact.created', subjectId: id });
    });
    await expect(attempt).rejects.toMatchObject({ code: 'already_exists' });
  });
});

describe('one key', () => {
  it('has one effect and one answer, twice in sequence', async () => {
    const command = commandFor();
    const first = await createPerson(contextFor(world, { command }));
    const before = await rowsOf(database);
    const second = repeated(command);
    expect(await createPerson(contextFor(world, { command: second }))).toEqual(first);
    expect([command.replayed, second.replayed]).toEqual([false, true]);
    expect(await rowsOf(database)).toEqual(before);
  });

  it('has one effect and equal answers, ten times at once', async () => {
    const command = commandFor();
    const commands = Array.from({ length: 10 }, () => repeated(command));
    const answers = await Promise.all(
      commands.map((each) => createPerson(contextFor(world, { command: each }), 'Once')),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(commands.filter(({ replayed }) => !replayed).length).toBe(1);
    expect(await database.prisma.contact.count({ where: { name: 'Once' } })).toBe(1);
    expect(await database.prisma.event.count({ where: { commandId: command.commandId } })).toBe(1);
  });

  it('ten at once where the first ones fail: one of the others does it', async () => {
    const command = commandFor();
    let failures = 3;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () =>
        change(contextFor(world, { command: repeated(command) }), async ({ db, event }) => {
          const id = newId('contact');
          await db.contact.create({
            data: { companyId: world.companyId, id, kind: 'person', name: 'Third time lucky' },
          });
          event({ kind: 'contact.created', subjectId: id });
          failures -= 1;
          if (failures >= 0) throw notFound('luck');
          return id;
        }),
      ),
    );
    const answered = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(answered.length).toBe(7);
    expect(new Set(answered.map(({ value }) => value)).size).toBe(1);
    expect(await database.prisma.contact.count({ where: { name: 'Third time lucky' } })).toBe(1);
  });

  it('of another request is refused and does nothing', async () => {
    const command = commandFor('POST /v1/contacts {"name":"Ada"}');
    await createPerson(contextFor(world, { command }));
    const before = await rowsOf(database);
    const other = { ...repeated(command), fingerprint: 'POST /v1/contacts {"name":"Bob"}' };
    await expect(createPerson(contextFor(world, { command: other }))).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(await rowsOf(database)).toEqual(before);
  });

  it('of another company is another key', async () => {
    const elsewhere = await company(database);
    const command = commandFor();
    await createPerson(contextFor(world, { command }));
    const there = repeated(command);
    await change(contextFor(elsewhere, { command: there }), ({ unchanged }) => {
      unchanged();
      return Promise.resolve(null);
    });
    expect(there.replayed).toBe(false);
  });

  it('that was refused answers the refusal again', async () => {
    const command = commandFor();
    await database.prisma.idempotencyKey.create({
      data: {
        companyId: world.companyId,
        commandId: command.commandId,
        fingerprint: command.fingerprint,
        status: 'refused',
        result: {
          code: 'stage_changed',
          message: 'Moved meanwhile.',
          details: { state: { stageId: 'stg_x' } },
        },
      },
    });
    await expect(createPerson(contextFor(world, { command }))).rejects.toMatchObject({
      code: 'stage_changed',
      message: 'Moved meanwhile.',
      details: { state: { stageId: 'stg_x' } },
    });
  });
});

describe('what the database asks to repeat', () => {
  it('is repeated: two transactions in each other’s way both succeed', async () => {
    const [left, right] = [await contact(world), await contact(world)];
    const bothHoldOne = meetingPoint(2);
    let runs = 0;
    const lockBoth = (first: string, second: string) =>
      change(contextFor(world), async ({ db, event }) => {
        runs += 1;
        await db.$queryRaw`SELECT id FROM contact WHERE id = ${first} FOR UPDATE`;
        await bothHoldOne();
        await db.$queryRaw`SELECT id FROM contact WHERE id = ${second} FOR UPDATE`;
        event({ kind: 'contact.locked', subjectId: first });
        return first;
      });
    expect(await Promise.all([lockBoth(left, right), lockBoth(right, left)])).toEqual([left, right]);
    expect(runs).toBe(3);
    expect(await database.prisma.event.count({ where: { kind: 'contact.locked' } })).toBe(2);
  });

  it('is repeated with its key, and the effect stays one', async () => {
    const command = commandFor();
    let runs = 0;
    const id = await change(contextFor(world, { command }), async ({ db, event }) => {
      runs += 1;
      const contactId = await contactInside(db);
      event({ kind: 'contact.retried', subjectId: contactId });
      if (runs < 3) await db.$executeRaw`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`;
      return contactId;
    });
    expect(runs).toBe(3);
    expect(command.replayed).toBe(false);
    expect(await database.prisma.event.findMany({ where: { kind: 'contact.retried' } })).toMatchObject([
      { subjectId: id },
    ]);
  });

  it('is given up after four attempts', async () => {
    const before = await rowsOf(database);
    let runs = 0;
    const hopeless = change(contextFor(world), async ({ db }) => {
      runs += 1;
      await db.$executeRaw`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END $$`;
    });
    await expect(hopeless).rejects.toThrow('again');
    expect(runs).toBe(4);
    expect(await rowsOf(database)).toEqual(before);
  });

  it('is nothing else: a refusal runs once', async () => {
    let runs = 0;
    const refused = change(contextFor(world), () => {
      runs += 1;
      return Promise.reject(notFound('team'));
    });
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    expect(runs).toBe(1);
  });
});

async function contactInside(db: Parameters<Parameters<typeof change>[1]>[0]['db']): Promise<string> {
  const id = newId('contact');
  await db.contact.create({ data: { companyId: world.companyId, id, kind: 'person', name: 'Inside' } });
  return id;
}

describe('one transaction of statements', () => {
  const write = (
    context: Context,
    verb: (sql: Queryable) => Promise<void>,
  ): Promise<{ readonly id: string }> =>
    changeByStatements(context, async ({ sql, event, job }) => {
      const id = newId('contact');
      await sql.query(`INSERT INTO contact (company_id, id, kind, name) VALUES ($1, $2, 'person', 'Grace')`, [
        context.companyId,
        id,
      ]);
      event({ kind: 'contact.created', subjectId: id, ticketId: owned.id, after: { id } });
      job({ ticketId: owned.id, kind: 'clocks_changed', reference: { contactId: id } });
      await verb(sql);
      return { id };
    });
  const people = () => database.prisma.contact.count({ where: { name: 'Grace' } });

  it('commits row, event, job and key together, once for a command', async () => {
    const command = commandFor();
    const context = contextFor(world, { role: 'agent', command });
    const { id } = await write(context, () => Promise.resolve());
    expect(await write({ ...context, command: repeated(command) }, () => Promise.resolve())).toEqual({ id });
    expect(await people()).toBe(1);
    const events = await database.prisma.event.findMany({ where: { subjectId: id } });
    expect(events).toMatchObject([
      { kind: 'contact.created', ticketId: owned.id, before: null, after: { id }, reason: null },
    ]);
    const jobs = await database.prisma.job.findMany({ where: { reference: { equals: { contactId: id } } } });
    expect(jobs).toHaveLength(1);
    const key = await database.prisma.idempotencyKey.findFirstOrThrow({
      where: { commandId: command.commandId },
    });
    expect(key).toMatchObject({ status: 'applied', ticketId: owned.id, result: { id } });
  });

  it.each([
    ['the verb refuses', () => Promise.reject(notFound('ticket')), /no such ticket/i],
    [
      'its connection is lost',
      (sql: Queryable) => sql.query('SELECT pg_terminate_backend(pg_backend_pid())', []).then(noop),
      /terminat/i,
    ],
  ])('leaves nothing when %s, and the next one goes through', async (_case, verb, message) => {
    const before = await people();
    await expect(write(contextFor(world), verb)).rejects.toThrow(message);
    expect(await people()).toBe(before);
    await write(contextFor(world), () => Promise.resolve());
    expect(await people()).toBe(before + 1);
  });

  it('is never taken for committed when a failed statement of it was not noticed', async () => {
    const going = inStatements(database.pool, (sql) => sql.query('SELECT 1 / 0', []).then(noop, noop));
    await expect(going).rejects.toThrow('a statement of it had failed');
  });
});

function noop(): void {}
