import { ticketWorkflowId } from '../../../workflows/ticket/ids';
import { desk, timeBody } from '../../faults/desk';
import { testApi } from '../../support/api-client';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { saveHistory } from '../../support/saved-history';
import { testTemporal } from '../../support/temporal';
import { runningTicket } from './ticket-desk';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);

jest.setTimeout(120_000);

it('continues as new beside a bill that cannot be made, takes every decision, and bills once in the end', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id, handle } = await runningTicket(agent, temporal.client, world.ticketBody);
  const { runId } = await handle.describe();
  const { inProgress, awaitingCustomer } = world.team.stages;
  const line = () => database.prisma.saleOrderLine.findFirstOrThrow({ where: { id: world.order.lineId } });
  const holder = await database.pool.connect();
  let moves = 0;
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM sale_order_line WHERE id = $1 FOR NO KEY UPDATE', [world.order.lineId]);
    expect((await agent.post('/v1/timesheets', timeBody(id, 45))).status).toBe(201);
    await eventually('the bill waits', async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.length === 1;
    });
    while ((await handle.describe()).runId === runId) {
      moves += 1;
      const stageId = moves % 2 === 0 ? awaitingCustomer : inProgress;
      expect((await agent.post(`/v1/tickets/${id}/move`, { stageId })).status).toBe(200);
      if (moves > 200) throw new Error('the history grew and grew');
    }
    expect((await line()).deliveredMinutes).toBe(0);
    await saveHistory(
      'ticket-continued-beside-bill',
      temporal.client.workflow.getHandle(ticketWorkflowId(id), runId),
    );
  } finally {
    await holder.query('COMMIT');
    holder.release();
  }
  await eventually('the time is billed', async () => (await line()).deliveredMinutes === 45);
  const countOf = (kind: string) => database.prisma.event.count({ where: { ticketId: id, kind } });
  expect(await countOf('timesheet.applied')).toBe(1);
  expect(await countOf('ticket.stage_changed')).toBe(moves);
});
