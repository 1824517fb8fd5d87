import { deleteInvoice } from '../../../services/invoicing/delete-invoice';
import { invoiceFindings } from '../../../services/invoicing/invariants';
import { postInvoice } from '../../../services/invoicing/post-invoice';
import { traceInvoice } from '../../../services/invoicing/trace-invoice';
import { updateInvoice } from '../../../services/invoicing/update-invoice';
import { cancelSaleOrder } from '../../../services/sales/cancel-sale-order';
import { applyTimesheet } from '../../../services/timesheets/apply-timesheet';
import { deleteTimesheet } from '../../../services/timesheets/delete-timesheet';
import { ledgerFindings } from '../../../services/timesheets/invariants';
import { logTime } from '../../../services/timesheets/log-time';
import { updateTimesheet } from '../../../services/timesheets/update-timesheet';
import { testDatabase } from '../../support/database';
import { contextFor } from '../../support/factories';
import { draftOf, type Ledger, ledger } from './ledger';

const database = testDatabase();

afterEach(async () => {
  expect([await invoiceFindings(database.pool), await ledgerFindings(database.pool)]).toEqual([[], []]);
});

const codeOf = (one: PromiseSettledResult<unknown>): unknown =>
  one.status === 'fulfilled' ? 'done' : (one.reason as { code?: string }).code;

/** Logs hours through the verbs, as the API and the workflow do. */
async function work({ world, order, ticket }: Ledger, hours: number): Promise<string> {
  const employee = await database.prisma.employee.findFirstOrThrow({ where: { companyId: world.companyId } });
  const entry = await logTime(contextFor(world), {
    ticketId: ticket.id,
    employeeId: employee.id,
    date: '2026-06-01',
    minutes: hours * 60,
    description: 'Worked',
    billable: true,
    saleOrderLineId: order.lineId,
  });
  await applyTimesheet(contextFor(world), { entryId: entry.id });
  return entry.id;
}

const fatesOf = async ({ world }: Ledger): Promise<unknown[]> => {
  const slices = await database.prisma.slice.findMany({
    where: { companyId: world.companyId },
    orderBy: [{ entryId: 'asc' }, { fromMinute: 'asc' }],
  });
  return slices.map((slice) => [slice.fate, slice.toMinute - slice.fromMinute, slice.invoiceLineId !== null]);
};

it('pays for time on a pack with the pack, before and after its invoice is posted, and never for overage', async () => {
  const own = await ledger(database, { invoicing: 'prepaid', orderedMinutes: 300 });
  const { world, draft } = own;
  await work(own, 2);
  expect(await fatesOf(own)).toEqual([['reserved', 120, false]]);
  const drafted = await draft();
  await postInvoice(contextFor(world), drafted.id, undefined);
  expect(await fatesOf(own)).toEqual([['invoiced', 120, true]]);
  await work(own, 4);
  expect(await fatesOf(own)).toEqual([
    ['invoiced', 120, true],
    ['invoiced', 180, true],
    ['unbilled', 60, false],
  ]);
  await expect(draft()).rejects.toThrow('nothing_to_invoice');
});

it('pays for no more time of a pack than an invoice is for, and for the rest with the next one', async () => {
  const own = await ledger(database, { invoicing: 'prepaid', orderedMinutes: 300 });
  const { world, draft } = own;
  const first = await work(own, 1);
  await work(own, 3);
  const half = await draft();
  const lineId = half.lines[0]?.id ?? '';
  await updateInvoice(contextFor(world), half.id, [{ lineId, quantityMinutes: 150 }], undefined);
  await postInvoice(contextFor(world), half.id, undefined);
  expect(await fatesOf(own)).toEqual([
    ['invoiced', 60, true],
    ['invoiced', 90, true],
    ['reserved', 90, false],
  ]);
  await work(own, 2);
  await updateTimesheet(contextFor(world), first, { minutes: 40 }, undefined);
  await applyTimesheet(contextFor(world), { entryId: first });
  expect(await fatesOf(own)).toEqual([
    ['invoiced', 40, true],
    ['invoiced', 90, true],
    ['invoiced', 20, true],
    ['reserved', 70, false],
    ['reserved', 60, false],
    ['reserved', 20, false],
    ['unbilled', 40, false],
  ]);
  const rest = await draft();
  expect([half, rest].map((invoice) => invoice.lines[0]?.quantityMinutes)).toEqual([300, 150]);
  await postInvoice(contextFor(world), rest.id, undefined);
  const traced = [
    await traceInvoice(contextFor(world), half.id),
    await traceInvoice(contextFor(world), rest.id),
  ];
  const minutesBehind = traced.map(({ lines }) =>
    lines.flatMap(({ slices }) => slices.map(({ minutes }) => minutes)),
  );
  expect(minutesBehind).toEqual([
    [40, 90, 20],
    [70, 60, 20],
  ]);
});

it('either changes an entry or invoices it, when both are asked for at once', async () => {
  for (let round = 0; round < 8; round++) {
    const own = await ledger(database);
    const { world, order } = own;
    const entryId = await work(own, 2);
    const [changed, drafted] = await Promise.allSettled([
      updateTimesheet(contextFor(world), entryId, { minutes: 30 }, undefined),
      draftOf(world, order.id),
    ]);
    const outcomes = [codeOf(changed), drafted.status];
    expect([
      ['done', 'rejected'],
      ['entry_locked', 'fulfilled'],
    ]).toContainEqual(outcomes);
    await applyTimesheet(contextFor(world), { entryId });
    if (outcomes[0] === 'done') expect((await own.draft()).lines[0]?.quantityMinutes).toBe(30);
  }
});

it('either bills an entry of a pack before its invoice is posted or after, when both happen at once', async () => {
  for (let round = 0; round < 5; round++) {
    const own = await ledger(database, { invoicing: 'prepaid', orderedMinutes: 300 });
    const { id } = await own.draft();
    await Promise.all([work(own, 2), postInvoice(contextFor(own.world), id, undefined)]);
    expect(await fatesOf(own)).toEqual([['invoiced', 120, true]]);
  }
});

it('either cancels an order or logs time on it, when both are asked for at once', async () => {
  for (let round = 0; round < 8; round++) {
    const own = await ledger(database);
    const settled = await Promise.allSettled([
      cancelSaleOrder(contextFor(own.world), own.order.id, undefined),
      work(own, 1),
    ]);
    expect([
      ['done', 'order_line_not_billable'],
      ['order_has_deliveries', 'done'],
    ]).toContainEqual(settled.map(codeOf));
  }
});

it('bills time at once by many exactly once while drafts are made', async () => {
  const own = await ledger(database);
  const drafts: PromiseSettledResult<{ totalMinor: number }>[] = [];
  await Promise.all([
    ...Array.from({ length: 6 }, () => work(own, 1)),
    (async () => {
      for (let round = 0; round < 5; round++) {
        drafts.push(...(await Promise.allSettled([own.draft(), own.draft()])));
      }
    })(),
  ]);
  drafts.push(...(await Promise.allSettled([own.draft()])));
  const totals = drafts.flatMap((one) => (one.status === 'fulfilled' ? [one.value.totalMinor] : []));
  expect(totals.reduce((sum, total) => sum + total, 0)).toBe(72_000);
});

it('bills each minute once when time is logged, changed, deleted, invoiced, lowered and posted at once', async () => {
  const own = await ledger(database);
  const context = contextFor(own.world);
  const entryIds = await Promise.all(Array.from({ length: 8 }, () => work(own, 1)));
  const draftOnce = () => own.draft().catch(() => undefined);
  const changed = async (entryId: string, change: Promise<unknown>): Promise<void> => {
    await change.catch(() => undefined);
    await applyTimesheet(context, { entryId });
  };
  for (let round = 0; round < 3; round++) {
    const drafts = await Promise.all([draftOnce(), work(own, 1), draftOnce()]);
    const acts = entryIds.map((entryId, at) =>
      at % 4 === 3
        ? changed(entryId, deleteTimesheet(context, entryId, undefined))
        : changed(entryId, updateTimesheet(context, entryId, { minutes: 30 + at + round }, undefined)),
    );
    const invoices = drafts.flatMap((draft) => {
      if (draft === undefined || typeof draft === 'string') return [];
      const lines = [{ lineId: draft.lines[0]?.id ?? '', quantityMinutes: 45 }];
      return [
        updateInvoice(context, draft.id, lines, undefined),
        round === 1 ? deleteInvoice(context, draft.id, undefined) : postInvoice(context, draft.id, undefined),
      ];
    });
    await Promise.allSettled([...acts, ...invoices, draftOnce(), work(own, 1)]);
  }
  await draftOnce();
  const worked = await database.prisma.timesheetEntry.aggregate({
    where: { companyId: own.world.companyId, deletedAt: null },
    _sum: { minutes: true },
  });
  const billed = await database.prisma.invoiceLine.aggregate({
    where: { companyId: own.world.companyId },
    _sum: { quantityMinutes: true },
  });
  expect(billed._sum.quantityMinutes).toBe(worked._sum.minutes);
});
