import { cancelSaleOrder } from '../../../services/sales/cancel-sale-order';
import { testDatabase } from '../../support/database';
import { saleOrder } from '../../support/factories';
import { as, expectBooksInOrder, log, pack, type TimeWorld, timeWorld } from './time-world';

const database = testDatabase();
let world: TimeWorld;

beforeEach(async () => {
  world = await timeWorld(database);
});
afterEach(() => expectBooksInOrder(database));

/** Runs `attempt` while the order is being cancelled; it goes on when the cancellation is committed. */
async function duringCancellation<Result>(orderId: string, attempt: () => Promise<Result>): Promise<Result> {
  const cancelling = await database.pool.connect();
  try {
    await cancelling.query('BEGIN');
    await cancelling.query('SELECT 1 FROM sale_order WHERE id = $1 FOR UPDATE', [orderId]);
    await cancelling.query(`UPDATE sale_order SET status = 'cancelled' WHERE id = $1`, [orderId]);
    const result = attempt();
    result.catch(() => undefined);
    await waiterForLock();
    await cancelling.query('COMMIT');
    return await result;
  } finally {
    cancelling.release();
  }
}

async function waiterForLock(): Promise<void> {
  for (;;) {
    const { rowCount } = await database.pool.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rowCount !== 0) return;
  }
}

test('time on a line that is named is refused', async () => {
  const order = await saleOrder(world, { contactId: world.personId });
  const attempt = duringCancellation(order.id, () => log(world, { saleOrderLineId: order.lineId }));
  await expect(attempt).rejects.toMatchObject({ code: 'order_line_not_billable' });
});

test('time that would have gone to the newest pack goes to the next one', async () => {
  const older = await pack(world, 600);
  const newer = await pack(world, 600);
  const entry = await duringCancellation(newer.id, () => log(world));
  expect(entry.saleOrderLineId).toBe(older.lineId);
});

test('either the order is cancelled or the time stands on it, never both', async () => {
  const outcomes: string[] = [];
  for (let round = 0; round < 10; round++) {
    const order = await saleOrder(world, { contactId: world.personId });
    const [cancelled, logged] = await Promise.allSettled([
      cancelSaleOrder(as(world, 'finance'), order.id, undefined),
      log(world, { saleOrderLineId: order.lineId }),
    ]);
    outcomes.push(`${cancelled.status} ${logged.status}`);
  }
  expect(outcomes.filter((outcome) => !/^(fulfilled rejected|rejected fulfilled)$/.test(outcome))).toEqual(
    [],
  );
});
