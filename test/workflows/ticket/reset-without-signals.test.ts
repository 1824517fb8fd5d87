import { ticketWorkflowId } from '../../../workflows/ticket/ids';
import { moveStageSignal, statusQuery, type TicketStatus } from '../../../workflows/ticket/messages';
import { desk, type TicketBody } from '../../faults/desk';
import { testApi } from '../../support/api-client';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { testTemporal } from '../../support/temporal';
import { resetWorkflow } from '../../support/workflow-runs';
import { countOf, eventKinds, runningTicket } from './ticket-desk';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);

jest.setTimeout(90_000);

/** Of `ResetReapplyExcludeType`. */
const excludeSignals = 1;

it('an operator’s signal after a reset that left the signals out is taken, and once when a reset sends it again', async () => {
  const world = await desk(database);
  const agent = api.client(world.users.agent.token);
  const { id } = await runningTicket(agent, temporal.client, world.ticketBody);
  const handle = temporal.client.workflow.getHandle(ticketWorkflowId(id));
  const stages = world.team.stages;
  const standsIn = (stageId: string) =>
    eventually('the signal was taken', async () => {
      const { body } = await agent.get<TicketBody>(`/v1/tickets/${id}`);
      return body.stageId === stageId;
    });
  const reset = async (exclude: readonly number[]): Promise<void> => {
    const runId = await resetWorkflow(temporal.client, ticketWorkflowId(id), 'first', exclude);
    await eventually('the new run has worked off what was sent again', async () => {
      const description = await handle.describe();
      const { stage, pendingDecisions } = await handle.query<TicketStatus>(statusQuery);
      return description.runId !== runId && stage !== null && pendingDecisions === 0;
    });
  };

  await handle.signal(moveStageSignal, { stageId: stages.inProgress });
  await standsIn(stages.inProgress);
  await handle.signal(moveStageSignal, { stageId: 'nowhere' });
  await eventually('the refusal is on record', async () =>
    (await eventKinds(agent, id)).includes('ticket.signal_refused'),
  );

  await reset([excludeSignals]);
  await handle.signal(moveStageSignal, { stageId: stages.awaitingCustomer });
  await standsIn(stages.awaitingCustomer);
  await handle.signal(moveStageSignal, { stageId: stages.new, reason: 'two\nlines' });
  await handle.signal(moveStageSignal, { stageId: stages.solved, fromStageId: stages.new });
  await eventually('the refusal is on record', async () =>
    (await eventKinds(agent, id)).includes('ticket.decision_refused'),
  );
  const before = await eventKinds(agent, id);
  expect(countOf(before, 'ticket.stage_changed')).toBe(2);
  expect(countOf(before, 'ticket.signal_refused')).toBe(2);

  await reset([]);
  // It waits behind everything that was sent again.
  const assigned = await agent.post(`/v1/tickets/${id}/assign`, { userId: world.users.agent.id });
  expect(assigned.status).toBe(200);
  expect(await eventKinds(agent, id)).toEqual([...before, 'ticket.assigned']);
});
