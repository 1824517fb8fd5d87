import { newId } from '../../../services/ids';
import type { World } from './company';
import { contact } from './people';
import { nextNumber } from './tickets';

type Invoicing = 'prepaid' | 'time_and_materials';

/** A service sold by the hour, 120.00 EUR; its id. */
export async function product(
  world: World,
  options: {
    readonly name?: string;
    readonly kind?: 'service' | 'goods';
    readonly invoicing?: Invoicing;
    readonly unit?: 'hour' | 'day' | 'piece';
    readonly unitPriceMinor?: number;
  } = {},
): Promise<string> {
  const id = newId('product');
  await world.database.prisma.product.create({
    data: {
      companyId: world.companyId,
      id,
      name: options.name ?? 'Support hours',
      kind: options.kind ?? 'service',
      invoicing: options.invoicing ?? 'time_and_materials',
      unit: options.unit ?? 'hour',
      unitPriceMinor: BigInt(options.unitPriceMinor ?? 12_000),
      currency: 'EUR',
    },
  });
  return id;
}

export interface TestSaleOrder {
  readonly id: string;
  readonly contactId: string;
  readonly lineId: string;
  readonly productId: string;
}

/** An order with one line of support hours, confirmed unless said otherwise. */
export async function saleOrder(
  world: World,
  options: {
    readonly contactId?: string;
    readonly status?: 'draft' | 'confirmed' | 'cancelled';
    readonly invoicing?: Invoicing;
    readonly orderedMinutes?: number;
    readonly unitPriceMinor?: number;
  } = {},
): Promise<TestSaleOrder> {
  const { companyId, database } = world;
  const invoicing = options.invoicing ?? 'time_and_materials';
  const unitPriceMinor = options.unitPriceMinor ?? 12_000;
  const status = options.status ?? 'confirmed';
  const contactId = options.contactId ?? (await contact(world));
  const productId = await product(world, { invoicing, unitPriceMinor });
  const id = newId('saleOrder');
  const lineId = newId('saleOrderLine');
  await database.prisma.saleOrder.create({
    data: {
      companyId,
      id,
      number: await nextNumber(world, 'sale_order_number'),
      contactId,
      currency: 'EUR',
      status,
      confirmedAt: status === 'confirmed' ? new Date() : null,
      cancelledAt: status === 'cancelled' ? new Date() : null,
    },
  });
  await database.prisma.saleOrderLine.create({
    data: {
      companyId,
      id: lineId,
      orderId: id,
      productId,
      position: 1,
      description: 'Support hours',
      invoicing,
      unit: 'hour',
      orderedMinutes: options.orderedMinutes ?? 600,
      unitPriceMinor: BigInt(unitPriceMinor),
    },
  });
  return { id, contactId, lineId, productId };
}

/** A timer that has run since the instant, by default for half an hour; its id. */
export async function runningTimer(
  world: World,
  on: { readonly ticketId: string; readonly employeeId: string },
  startedAt = new Date(Date.now() - 30 * 60_000),
): Promise<string> {
  const id = newId('timer');
  await world.database.prisma.runningTimer.create({
    data: { companyId: world.companyId, id, ...on, startedAt },
  });
  return id;
}

/**
 * Time logged on a ticket. `applied` also writes what billing would: one slice over all minutes and the line's
 * delivered minutes.
 */
export async function timesheetEntry(
  world: World,
  on: { readonly ticketId: string; readonly projectId: string; readonly employeeId: string },
  options: {
    readonly date?: string;
    readonly minutes?: number;
    readonly billable?: boolean;
    readonly saleOrderLineId?: string | null;
    readonly applied?: boolean;
  } = {},
): Promise<string> {
  const { companyId, database } = world;
  const id = newId('timesheetEntry');
  const minutes = options.minutes ?? 60;
  const date = new Date(options.date ?? '2026-03-02');
  const saleOrderLineId = options.saleOrderLineId ?? null;
  const billed = (options.billable ?? true) && saleOrderLineId !== null;
  await database.prisma.$transaction(async (db) => {
    await db.timesheetEntry.create({
      data: {
        companyId,
        id,
        ...on,
        date,
        minutes,
        description: 'Looked at it',
        billable: options.billable ?? true,
        saleOrderLineId,
      },
    });
    if (options.applied !== true) return;
    await db.slice.create({
      data: {
        companyId,
        id: newId('slice'),
        entryId: id,
        entryVersion: 1,
        fromMinute: 0,
        toMinute: minutes,
        fate: billed ? 'unbilled' : 'non_billable',
        saleOrderLineId: billed ? saleOrderLineId : null,
        date,
      },
    });
    await db.timesheetEntry.update({
      where: { companyId_id: { companyId, id } },
      data: { appliedVersion: 1 },
    });
    if (saleOrderLineId !== null) {
      await db.saleOrderLine.update({
        where: { companyId_id: { companyId, id: saleOrderLineId } },
        data: { deliveredMinutes: { increment: minutes } },
      });
    }
  });
  return id;
}

/** A draft of one hour on the order's line, or a posted one with a number; its id. */
export async function invoice(
  world: World,
  order: TestSaleOrder,
  options: { readonly status?: 'draft' | 'posted'; readonly minutes?: number; readonly number?: string } = {},
): Promise<{ id: string; lineId: string; totalMinor: number }> {
  const { companyId, database } = world;
  const id = newId('invoice');
  const lineId = newId('invoiceLine');
  const minutes = options.minutes ?? 60;
  const totalMinor = minutes * 200;
  await database.prisma.invoice.create({
    data: {
      companyId,
      id,
      saleOrderId: order.id,
      contactId: order.contactId,
      currency: 'EUR',
      totalMinor: BigInt(totalMinor),
    },
  });
  await database.prisma.invoiceLine.create({
    data: {
      companyId,
      id: lineId,
      invoiceId: id,
      saleOrderLineId: order.lineId,
      position: 1,
      description: 'Support hours',
      quantityMinutes: minutes,
      unit: 'hour',
      unitPriceMinor: 12_000n,
      amountMinor: BigInt(totalMinor),
    },
  });
  if (options.status === 'posted') {
    await database.prisma.invoice.update({
      where: { companyId_id: { companyId, id } },
      data: { status: 'posted', number: options.number ?? `2026-${id.slice(-6)}`, postedAt: new Date() },
    });
  }
  return { id, lineId, totalMinor };
}

/** A run over all orders that waits to be started; its id. */
export async function invoiceRun(world: World): Promise<string> {
  const id = newId('invoiceRun');
  await world.database.prisma.invoiceRun.create({
    data: {
      companyId: world.companyId,
      id,
      filter: {},
      requestedBy: { type: 'user', userId: world.users.finance.id },
    },
  });
  return id;
}
