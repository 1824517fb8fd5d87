import { ticketWorkflowId } from '../../../workflows/ticket/ids';
import { type Desk, desk, type TicketBody } from '../../faults/desk';
import { testApi } from '../../support/api-client';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { ticket } from '../../support/factories';
import { testTemporal } from '../../support/temporal';
import { runningTicket } from './ticket-desk';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);

jest.setTimeout(60_000);

interface WorkflowBody {
  readonly status: string;
  readonly runId: string | null;
  readonly waitingFor: string | null;
  readonly nextDeadline: string | null;
}

let world: Desk;
beforeAll(async () => {
  world = await desk(database);
});

const agent = () => api.client(world.users.agent.token);
const handleOf = (ticketId: string) => temporal.client.workflow.getHandle(ticketWorkflowId(ticketId));
const described = async (ticketId: string): Promise<WorkflowBody> =>
  (await agent().get<WorkflowBody>(`/v1/tickets/${ticketId}/workflow`)).body;
const describedAs = (ticketId: string, status: string): Promise<WorkflowBody> =>
  eventually(`it is ${status}`, async () => {
    const body = await described(ticketId);
    return body.status === status && body;
  });

const wordsOf = (how: string): string =>
  `a run of its workflow (${how}): a decision or a fact starts one at once, else the reconcile sweep does`;

it('of a ticket whose workflow was never started says what starts it; the decision that does gives it its name', async () => {
  const { id } = await ticket(world, world.team);
  expect(await described(id)).toMatchObject({
    status: 'not_started',
    runId: null,
    waitingFor: wordsOf('none has started yet, or none is kept'),
  });
  const moved = await agent().post<TicketBody & { reference: string }>(`/v1/tickets/${id}/move`, {
    stageId: world.team.stages.inProgress,
  });
  expect(moved.status).toBe(200);
  expect(await (await handleOf(id).describe()).staticSummary()).toBe(`Ticket ${moved.body.reference}`);
});

it('of a workflow that was terminated or cancelled says so, and keeps the deadline', async () => {
  for (const [verb, status, how] of [
    ['terminate', 'terminated', 'the last one was terminated'],
    ['cancel', 'cancelled', 'the last one was cancelled'],
  ] as const) {
    const { id, handle } = await runningTicket(agent(), temporal.client, world.ticketBody);
    const { nextDeadline } = await describedAs(id, 'running');
    expect(nextDeadline).not.toBeNull();
    await handle[verb]();
    expect(await describedAs(id, status)).toMatchObject({ waitingFor: wordsOf(how), nextDeadline });
  }
});

it('of a workflow that failed says so', async () => {
  const { id } = await ticket(world, world.team);
  await temporal.client.workflow.start('ticket', {
    workflowId: ticketWorkflowId(id),
    taskQueue: temporal.taskQueue,
    args: [{ v: 1, companyId: 'cmp_of_nobody', ticketId: id }],
  });
  expect(await describedAs(id, 'failed')).toMatchObject({ waitingFor: wordsOf('the last one failed') });
});

it('of a closed ticket and of an archived one says that it waits for nothing', async () => {
  for (const [verb, words] of [
    ['close', 'nothing: the ticket is closed'],
    ['archive', 'nothing: the ticket is archived'],
  ] as const) {
    const { id } = await runningTicket(agent(), temporal.client, world.ticketBody);
    await agent().post(`/v1/tickets/${id}/${verb}`, {});
    expect(await describedAs(id, 'completed')).toMatchObject({ waitingFor: words, nextDeadline: null });
  }
});
