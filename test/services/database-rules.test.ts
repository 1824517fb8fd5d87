import { newId } from '../../services/ids';
import { change } from '../../services/transaction';
import { testDatabase } from '../support/database';
import {
  calendar,
  company,
  contact,
  contextFor,
  type Everything,
  employee,
  everything,
  invoice,
  slaPolicy,
  team,
  ticket,
  timesheetEntry,
} from '../support/factories';

const database = testDatabase();
let world: Everything;

beforeAll(async () => {
  world = await everything(await company(database));
});

/** The rules that hold whatever code, script or person writes (architecture.md §4). */
const sql = (text: string, values: unknown[] = []) => database.pool.query(text, values);

describe('events', () => {
  beforeAll(() =>
    change(contextFor(world), ({ event }) => {
      event({ kind: 'contact.seen', subjectId: world.personId });
      return Promise.resolve(null);
    }),
  );

  it.each([
    ['change', `UPDATE event SET kind = 'contact.unseen'`],
    ['delete', 'DELETE FROM event'],
    ['truncate', 'TRUNCATE event CASCADE'],
  ])('refuse to be touched: %s', async (_name, text) => {
    const before = await database.prisma.event.findMany();
    expect(before.length).toBeGreaterThan(0);
    await expect(sql(text)).rejects.toThrow('event is append-only');
    expect(await database.prisma.event.findMany()).toEqual(before);
  });

  it.each([
    ['calendar_version', `UPDATE calendar_version SET timezone = 'UTC'`],
    ['calendar_version', 'DELETE FROM calendar_version'],
    ['sla_policy_version', 'UPDATE sla_policy_version SET target_minutes = 1'],
    ['sla_clock_change', 'DELETE FROM sla_clock_change'],
  ])('and so do the versions of %s: %s', async (table, text) => {
    await expect(sql(text)).rejects.toThrow(`${table} is append-only`);
  });
});

describe('the slices of an entry', () => {
  const entry = async (minutes: number) => {
    const id = await timesheetEntry(
      world,
      { ticketId: world.ticket.id, projectId: world.team.projectId ?? '', employeeId: world.employeeId },
      { minutes, saleOrderLineId: world.confirmedOrder.lineId },
    );
    return id;
  };
  const slice = (entryId: string, fromMinute: number, toMinute: number) => ({
    companyId: world.companyId,
    id: newId('slice'),
    entryId,
    entryVersion: 1,
    fromMinute,
    toMinute,
    fate: 'unbilled',
    saleOrderLineId: world.confirmedOrder.lineId,
    date: new Date('2026-03-02'),
  });
  const apply = (entryId: string, parts: readonly (readonly [number, number])[]) =>
    database.prisma.$transaction(async (db) => {
      await db.slice.createMany({ data: parts.map(([from, to]) => slice(entryId, from, to)) });
      await db.timesheetEntry.update({
        where: { companyId_id: { companyId: world.companyId, id: entryId } },
        data: { appliedVersion: 1 },
      });
    });

  it.each<[string, [number, number][]]>([
    ['one over all minutes', [[0, 60]]],
    [
      'several side by side',
      [
        [0, 20],
        [20, 45],
        [45, 60],
      ],
    ],
  ])('may be %s', async (_name, parts) => {
    const id = await entry(60);
    await apply(id, parts);
    expect(await database.prisma.slice.count({ where: { entryId: id } })).toBe(parts.length);
  });

  it.each<[string, [number, number][], RegExp]>([
    [
      'overlap',
      [
        [0, 40],
        [30, 60],
      ],
      /slice_overlap_exclusion/,
    ],
    [
      'twice the same minutes',
      [
        [0, 60],
        [0, 60],
      ],
      /slice_overlap_exclusion|Unique constraint/,
    ],
    [
      'leave minutes without a fate',
      [
        [0, 20],
        [30, 60],
      ],
      /has 60 minutes but slices for 50/,
    ],
    ['hold more minutes than the entry', [[0, 90]], /has 60 minutes but slices for 90/],
    ['be empty', [[30, 30]], /slice_minutes_check/],
    ['run backwards', [[30, 10]], /slice_minutes_check/],
    ['none', [], /has 60 minutes but slices for 0/],
  ])('may not %s', async (_name, parts, complaint) => {
    const id = await entry(60);
    await expect(apply(id, parts)).rejects.toThrow(complaint);
    expect(await database.prisma.slice.count({ where: { entryId: id } })).toBe(0);
    const stored = await database.prisma.timesheetEntry.findFirstOrThrow({ where: { id } });
    expect(stored.appliedVersion).toBe(0);
  });

  it('cannot be taken away or shortened behind the entry', async () => {
    const id = await entry(60);
    await apply(id, [
      [0, 30],
      [30, 60],
    ]);
    await expect(sql('DELETE FROM slice WHERE entry_id = $1 AND from_minute = 0', [id])).rejects.toThrow(
      'has 60 minutes but slices for 30',
    );
    await expect(
      sql('UPDATE slice SET to_minute = 20 WHERE entry_id = $1 AND from_minute = 0', [id]),
    ).rejects.toThrow('has 60 minutes but slices for 50');
    await expect(sql('UPDATE timesheet_entry SET minutes = 90 WHERE id = $1', [id])).rejects.toThrow(
      'has 90 minutes but slices for 60',
    );
    expect(await database.prisma.slice.count({ where: { entryId: id } })).toBe(2);
  });

  it('may be split within one transaction', async () => {
    const id = await entry(60);
    await apply(id, [[0, 60]]);
    await database.prisma.$transaction(async (db) => {
      await db.slice.updateMany({ where: { entryId: id }, data: { toMinute: 25 } });
      await db.slice.create({ data: slice(id, 25, 60) });
    });
    expect(await database.prisma.slice.count({ where: { entryId: id } })).toBe(2);
  });
});

describe("a team's configuration version", () => {
  const versionOf = async (teamId: string): Promise<number> =>
    (await database.prisma.team.findFirstOrThrow({ where: { id: teamId } })).configurationVersion;
  const key = (id: string) => ({ companyId_id: { companyId: world.companyId, id } });

  it.each<
    [
      string,
      (made: {
        id: string;
        stages: { new: string };
        policyId: string;
        calendarId: string;
      }) => Promise<unknown>,
    ]
  >([
    [
      'the calendar',
      ({ id }) =>
        database.prisma.team.update({ where: key(id), data: { calendarId: world.alwaysCalendarId } }),
    ],
    [
      'the SLA switch',
      ({ id }) => database.prisma.team.update({ where: key(id), data: { slaEnabled: false } }),
    ],
    [
      'the timesheets switch',
      ({ id }) => database.prisma.team.update({ where: key(id), data: { timesheetsEnabled: false } }),
    ],
    [
      'the visibility',
      ({ id }) => database.prisma.team.update({ where: key(id), data: { visibility: 'private' } }),
    ],
    [
      'a stage',
      ({ stages }) => database.prisma.stage.update({ where: key(stages.new), data: { category: 'paused' } }),
    ],
    [
      'a new stage',
      ({ id }) =>
        database.prisma.stage.create({
          data: {
            companyId: world.companyId,
            id: newId('stage'),
            teamId: id,
            name: 'Extra',
            position: 99,
            category: 'open',
          },
        }),
    ],
    [
      'a policy',
      ({ policyId }) => database.prisma.slaPolicy.update({ where: key(policyId), data: { active: false } }),
    ],
    [
      "the calendar's hours",
      ({ calendarId }) =>
        database.prisma.calendar.update({ where: key(calendarId), data: { currentVersion: 2 } }),
    ],
  ])('rises with %s', async (_name, edit) => {
    const calendarId = await calendar(world, {
      name: 'Own',
      timezone: 'UTC',
      intervals: [{ weekday: 1, fromMinute: 0, toMinute: 600 }],
    });
    const made = await team(world, { calendarId });
    const policyId = await slaPolicy(world, made);
    const bystander = await team(world);
    const [before, bystanderBefore] = [await versionOf(made.id), await versionOf(bystander.id)];
    await edit({ ...made, policyId, calendarId });
    expect(await versionOf(made.id)).toBeGreaterThan(before);
    expect(await versionOf(bystander.id)).toBe(bystanderBefore);
  });

  it('stays when only the wording changes', async () => {
    const made = await team(world);
    const before = await versionOf(made.id);
    await database.prisma.team.update({
      where: key(made.id),
      data: { name: 'Renamed', description: 'New', colour: '#000000' },
    });
    expect(await versionOf(made.id)).toBe(before);
  });
});

describe('records', () => {
  it('cannot refer to another company’s, whatever the code does', async () => {
    const elsewhere = await company(database);
    const foreignContact = await contact(elsewhere);
    const foreignTeam = await team(elsewhere);
    await expect(ticket(world, world.team, { contactId: foreignContact })).rejects.toThrow(/Foreign key/);
    await expect(ticket(world, foreignTeam)).rejects.toThrow(/Foreign key/);
    await expect(ticket(world, world.team, { stageId: foreignTeam.stages.new })).rejects.toThrow(
      /Foreign key/,
    );
    await expect(employee(world, { calendarId: elsewhere.officeCalendarId })).rejects.toThrow(/Foreign key/);
  });

  it('a ticket stands in a stage of its own team', async () => {
    const other = await team(world);
    await expect(ticket(world, world.team, { stageId: other.stages.new })).rejects.toThrow(/Foreign key/);
  });

  it('a posted invoice and its lines are final', async () => {
    const posted = await invoice(world, world.confirmedOrder, { status: 'posted' });
    const refused = [
      `UPDATE invoice SET number = 'X' WHERE id = $1`,
      `UPDATE invoice SET total_minor = 1 WHERE id = $1`,
      `UPDATE invoice SET status = 'draft', number = NULL WHERE id = $1`,
      'DELETE FROM invoice WHERE id = $1',
      'UPDATE invoice_line SET amount_minor = 1 WHERE invoice_id = $1',
      'DELETE FROM invoice_line WHERE invoice_id = $1',
    ];
    for (const text of refused) await expect(sql(text, [posted.id])).rejects.toThrow(/final/);
    const stored = await database.prisma.invoice.findFirstOrThrow({ where: { id: posted.id } });
    expect(stored).toMatchObject({ status: 'posted', totalMinor: BigInt(posted.totalMinor) });
  });

  it('the numbers of two companies count for themselves', async () => {
    const first = await company(database);
    const second = await company(database);
    const numbers: number[] = [];
    for (const each of [first, second, first]) numbers.push((await ticket(each, await team(each))).number);
    expect(numbers).toEqual([1, 1, 2]);
  });
});
