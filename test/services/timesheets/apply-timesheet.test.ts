import { newId } from '../../../services/ids';
import { deleteTimesheet } from '../../../services/timesheets/delete-timesheet';
import type { TimesheetView } from '../../../services/timesheets/timesheet';
import { updateTimesheet } from '../../../services/timesheets/update-timesheet';
import { testDatabase } from '../../support/database';
import { company, invoice, saleOrder } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import {
  apply,
  as,
  bill,
  deliveredOf,
  expectBooksInOrder,
  log,
  pack,
  slicesOf,
  type TimeWorld,
  timeWorld,
} from './time-world';

const database = testDatabase();
let world: TimeWorld;

beforeEach(async () => {
  world = await timeWorld(database);
});
afterEach(() => expectBooksInOrder(database));

const appliedEvents = (entryId: string) =>
  database.prisma.event.count({ where: { subjectId: entryId, kind: 'timesheet.applied' } });

describe('the fates of applied time', () => {
  test('without a line: one slice that is not billable', async () => {
    const entry = await bill(world);
    expect(await slicesOf(world, entry.id)).toEqual(['0-60 non_billable']);
  });

  test('not billable on a named line: it does not count there', async () => {
    const order = await saleOrder(world, { contactId: world.personId });
    const entry = await bill(world, { saleOrderLineId: order.lineId, billable: false });
    expect(await slicesOf(world, entry.id)).toEqual(['0-60 non_billable']);
    expect(await deliveredOf(world, order.lineId)).toBe(0);
  });

  test('time and materials: unbilled, and delivered', async () => {
    const order = await saleOrder(world, { contactId: world.personId });
    const entry = await bill(world, { saleOrderLineId: order.lineId });
    expect(await slicesOf(world, entry.id)).toEqual(['0-60 unbilled']);
    expect(await deliveredOf(world, order.lineId)).toBe(60);
  });

  test('a pack: reserved up to the exact minute, then overage; delivered counts both', async () => {
    const order = await pack(world, 100);
    const first = await bill(world);
    const second = await bill(world, { saleOrderLineId: order.lineId });
    expect(await slicesOf(world, first.id)).toEqual(['0-60 reserved']);
    expect(await slicesOf(world, second.id)).toEqual(['0-40 reserved', '40-60 unbilled']);
    expect(await deliveredOf(world, order.lineId)).toBe(120);
  });

  test('a pack whose invoice is posted: invoiced on its line', async () => {
    const order = await pack(world, 100);
    const { lineId } = await invoice(world, order, { status: 'posted', minutes: 100 });
    const entry = await bill(world, { minutes: 130 });
    const slices = await database.prisma.slice.findMany({
      where: { companyId: world.companyId, entryId: entry.id },
      orderBy: { fromMinute: 'asc' },
      select: { toMinute: true, fate: true, invoiceLineId: true, saleOrderLineId: true },
    });
    expect(slices).toEqual([
      { toMinute: 100, fate: 'invoiced', invoiceLineId: lineId, saleOrderLineId: order.lineId },
      { toMinute: 130, fate: 'unbilled', invoiceLineId: null, saleOrderLineId: order.lineId },
    ]);
  });

  test('a draft of the pack changes nothing yet', async () => {
    const order = await pack(world, 100);
    await invoice(world, order, { minutes: 100 });
    const entry = await bill(world);
    expect(await slicesOf(world, entry.id)).toEqual(['0-60 reserved']);
  });
});

describe('exactly once', () => {
  test('ten applications at once', async () => {
    const order = await saleOrder(world, { contactId: world.personId });
    const entry = await log(world, { saleOrderLineId: order.lineId });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => apply(world, entry.id)));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
      'applied',
      ...Array.from({ length: 9 }, () => 'unchanged'),
    ]);
    expect(await deliveredOf(world, order.lineId)).toBe(60);
    expect(await appliedEvents(entry.id)).toBe(1);
  });

  test('the second version before the first: the late one finds nothing to do', async () => {
    const order = await saleOrder(world, { contactId: world.personId });
    const entry = await log(world, { saleOrderLineId: order.lineId });
    await updateTimesheet(as(world, 'agent'), entry.id, { minutes: 90 }, 1);
    expect(await apply(world, entry.id)).toEqual({ entryId: entry.id, version: 2, outcome: 'applied' });
    const before = await rowsOf(database);
    expect(await apply(world, entry.id)).toEqual({ entryId: entry.id, version: 2, outcome: 'unchanged' });
    expect(await rowsOf(database)).toEqual(before);
    expect(await slicesOf(world, entry.id)).toEqual(['0-90 unbilled']);
    expect(await deliveredOf(world, order.lineId)).toBe(90);
  });

  test('a connection that dies in the middle leaves nothing behind, and the next attempt does all', async () => {
    const order = await pack(world, 600);
    const entry = await log(world);
    const blocker = await database.pool.connect();
    try {
      await blocker.query('BEGIN');
      await blocker.query('SELECT 1 FROM sale_order_line WHERE id = $1 FOR UPDATE', [order.lineId]);
      const before = await rowsOf(database);
      const dying = apply(world, entry.id).catch((error: unknown) => error);
      await terminateWaiter();
      expect(await dying).toBeInstanceOf(Error);
      expect(await rowsOf(database)).toEqual(before);
      await blocker.query('ROLLBACK');
    } finally {
      blocker.release();
    }
    expect(await apply(world, entry.id)).toMatchObject({ outcome: 'applied' });
    expect(await slicesOf(world, entry.id)).toEqual(['0-60 reserved']);
  });

  test('an unknown or foreign entry is refused', async () => {
    const foreign = await timeWorld(database);
    const entry = await log(foreign);
    for (const id of [newId('timesheetEntry'), entry.id]) {
      await expect(apply(world, id)).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  /** Ends the backend that waits for a lock, as soon as there is one. */
  async function terminateWaiter(): Promise<void> {
    for (;;) {
      const { rowCount } = await database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      if (rowCount !== 0) return;
    }
  }
});

describe('changes', () => {
  test('of minutes, date and line follow in slices and delivered minutes of both lines', async () => {
    const one = await saleOrder(world, { contactId: world.personId });
    const two = await saleOrder(world, { contactId: world.organisationId });
    const entry = await bill(world, { saleOrderLineId: one.lineId });
    const changes = { minutes: 75, date: '2026-04-01', saleOrderLineId: two.lineId };
    await updateTimesheet(as(world, 'agent'), entry.id, changes, undefined);
    expect(await deliveredOf(world, one.lineId)).toBe(60);
    await apply(world, entry.id);
    expect(await deliveredOf(world, one.lineId)).toBe(0);
    expect(await deliveredOf(world, two.lineId)).toBe(75);
    const [slice] = await database.prisma.slice.findMany({ where: { entryId: entry.id } });
    expect(slice).toMatchObject({ entryVersion: 2, toMinute: 75, saleOrderLineId: two.lineId });
    expect(slice?.date.toISOString()).toBe('2026-04-01T00:00:00.000Z');
  });

  test('to a deletion take the minutes out of the ledger', async () => {
    const order = await saleOrder(world, { contactId: world.personId });
    const entry = await bill(world, { saleOrderLineId: order.lineId });
    await deleteTimesheet(as(world, 'agent'), entry.id, 1);
    expect(await apply(world, entry.id)).toMatchObject({ version: 2, outcome: 'applied' });
    expect(await slicesOf(world, entry.id)).toEqual([]);
    expect(await deliveredOf(world, order.lineId)).toBe(0);
  });

  test('of an entry deleted before it was ever applied leave no trace in the ledger', async () => {
    const order = await pack(world, 60);
    const entry = await log(world);
    await deleteTimesheet(as(world, 'agent'), entry.id, 1);
    expect(await apply(world, entry.id)).toMatchObject({ outcome: 'applied' });
    expect(await slicesOf(world, entry.id)).toEqual([]);
    expect(await deliveredOf(world, order.lineId)).toBe(0);
  });

  test('that free minutes of a pack give them to the oldest overage, cut at the exact minute', async () => {
    const order = await pack(world, 100);
    const onPack = { saleOrderLineId: order.lineId };
    const first = await bill(world, { ...onPack, minutes: 100 });
    const late = await bill(world, { ...onPack, minutes: 30, date: '2026-03-20' });
    const early = await bill(world, { ...onPack, minutes: 40, date: '2026-03-10' });
    expect(await slicesOf(world, early.id)).toEqual(['0-40 unbilled']);
    await updateTimesheet(as(world, 'agent'), first.id, { minutes: 45 }, undefined);
    await apply(world, first.id);
    expect(await slicesOf(world, first.id)).toEqual(['0-45 reserved']);
    expect(await slicesOf(world, early.id)).toEqual(['0-40 reserved']);
    expect(await slicesOf(world, late.id)).toEqual(['0-15 reserved', '15-30 unbilled']);
    expect(await deliveredOf(world, order.lineId)).toBe(115);
    await deleteTimesheet(as(world, 'agent'), first.id, undefined);
    await apply(world, first.id);
    expect(await slicesOf(world, late.id)).toEqual(['0-15 reserved', '15-30 reserved']);
  });

  test('that free invoiced minutes give the overage the same invoice line', async () => {
    const order = await pack(world, 60);
    const { lineId } = await invoice(world, order, { status: 'posted' });
    const first = await bill(world);
    const second = await bill(world, { saleOrderLineId: order.lineId });
    await deleteTimesheet(as(world, 'agent'), first.id, undefined);
    await apply(world, first.id);
    const [slice] = await database.prisma.slice.findMany({ where: { entryId: second.id } });
    expect(slice).toMatchObject({ fate: 'invoiced', invoiceLineId: lineId });
  });

  test('that lose the race against an invoice are held back until its draft lets go', async () => {
    const order = await saleOrder(world, { contactId: world.personId });
    const entry = await bill(world, { saleOrderLineId: order.lineId });
    await updateTimesheet(as(world, 'agent'), entry.id, { minutes: 30 }, undefined);
    const draft = await invoice(world, order);
    await database.prisma.slice.updateMany({
      where: { entryId: entry.id },
      data: { fate: 'reserved', invoiceLineId: draft.lineId },
    });
    expect(await apply(world, entry.id)).toMatchObject({ outcome: 'held_back' });
    expect(await slicesOf(world, entry.id)).toEqual(['0-60 reserved']);
    await database.prisma.slice.updateMany({
      where: { entryId: entry.id },
      data: { fate: 'unbilled', invoiceLineId: null },
    });
    await database.prisma.invoice.delete({
      where: { companyId_id: { companyId: world.companyId, id: draft.id } },
    });
    expect(await apply(world, entry.id)).toMatchObject({ outcome: 'applied' });
    expect(await slicesOf(world, entry.id)).toEqual(['0-30 unbilled']);
  });

  test('that lengthen time an invoice took meanwhile keep what it holds and add the rest', async () => {
    const order = await saleOrder(world, { contactId: world.personId });
    const entry = await bill(world, { saleOrderLineId: order.lineId });
    await updateTimesheet(as(world, 'agent'), entry.id, { minutes: 80 }, undefined);
    const draft = await invoice(world, order);
    await database.prisma.slice.updateMany({
      where: { entryId: entry.id },
      data: { fate: 'reserved', invoiceLineId: draft.lineId },
    });
    expect(await apply(world, entry.id)).toMatchObject({ outcome: 'applied' });
    expect(await slicesOf(world, entry.id)).toEqual(['0-60 reserved', '60-80 unbilled']);
    expect(await deliveredOf(world, order.lineId)).toBe(80);
  });
});

describe('many at once', () => {
  test('never draw a minute of a pack twice', async () => {
    const order = await pack(world, 330);
    const entries = await Promise.all(
      Array.from({ length: 10 }, () => log(world, { saleOrderLineId: order.lineId })),
    );
    await Promise.all([...entries, ...entries].map((entry) => apply(world, entry.id)));
    const drawn = await database.prisma.slice.findMany({
      where: { saleOrderLineId: order.lineId, fate: 'reserved' },
    });
    expect(drawn.reduce((sum, slice) => sum + slice.toMinute - slice.fromMinute, 0)).toBe(330);
    expect(await deliveredOf(world, order.lineId)).toBe(600);
  });

  test('that move between two packs in both directions do not block each other', async () => {
    const packs = [await pack(world, 300), await pack(world, 300)];
    const lineOf = (index: number): string => packs[index % 2]?.lineId ?? '';
    const entries: TimesheetView[] = [];
    for (let index = 0; index < 12; index++) {
      entries.push(await bill(world, { saleOrderLineId: lineOf(index), minutes: 50 + index }));
    }
    await Promise.all(
      entries.map(({ id }, index) =>
        updateTimesheet(as(world, 'agent'), id, { saleOrderLineId: lineOf(index + 1) }, undefined),
      ),
    );
    await Promise.all([...entries, ...entries].map((entry) => apply(world, entry.id)));
    const minutes = [0, 1].map((side) =>
      entries.reduce((sum, entry, index) => (index % 2 === side ? sum + entry.minutes : sum), 0),
    );
    expect(await Promise.all(packs.map(({ lineId }) => deliveredOf(world, lineId)))).toEqual(
      minutes.toReversed(),
    );
  });

  test('of all kinds, in any order, leave the books right', async () => {
    const lines = [
      (await pack(world, 200)).lineId,
      (await pack(world, 90)).lineId,
      (await saleOrder(world, { contactId: world.personId })).lineId,
      null,
    ];
    let seed = 20260302;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const entries: string[] = [];
    for (let round = 0; round < 8; round++) {
      const logged = await Promise.all(
        Array.from({ length: 4 }, () => {
          const line = lines[random(4)] ?? undefined;
          return log(world, {
            minutes: 1 + random(90),
            ...(line === undefined ? {} : { saleOrderLineId: line }),
          });
        }),
      );
      entries.push(...logged.map(({ id }) => id));
      const any = (): string => entries[random(entries.length)] ?? '';
      const work = Array.from({ length: 12 }, () => {
        const id = any();
        const kind = random(6);
        if (kind === 0) return deleteTimesheet(as(world, 'agent'), id, undefined).catch(requireDeleted);
        if (kind > 2) return apply(world, id);
        const changes = {
          minutes: 1 + random(120),
          saleOrderLineId: lines[random(4)] ?? null,
          billable: random(5) > 0,
        };
        return updateTimesheet(as(world, 'agent'), id, changes, undefined).catch(requireDeleted);
      });
      await Promise.all(work);
      await expectBooksInOrder(database);
    }
    await Promise.all(entries.map((id) => apply(world, id)));
    const pending = await database.prisma.timesheetEntry.count({
      where: {
        companyId: world.companyId,
        appliedVersion: { lt: database.prisma.timesheetEntry.fields.version },
      },
    });
    expect(pending).toBe(0);
  });

  const requireDeleted = (error: unknown): void => expect(error).toMatchObject({ code: 'entry_deleted' });
});

test('the system does not apply for another company', async () => {
  const other = await company(database);
  const entry = await log(world);
  await expect(apply(other, entry.id)).rejects.toMatchObject({ code: 'not_found' });
});
