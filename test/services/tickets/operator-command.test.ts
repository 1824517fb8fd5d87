import type { TicketDecision } from '../../../domain/ticket/decisions';
import { newId } from '../../../services/ids';
import { decideTicket } from '../../../services/tickets/decide-ticket';
import { asOperator } from '../../../services/tickets/operator-command';
import { toDecision } from '../../../workflows/ticket/requests';
import { testDatabase } from '../../support/database';
import { contextFor } from '../../support/factories';
import { kindsOf, operate, type SlaDesk, slaDesk, submit } from '../sla/sla-desk';

const database = testDatabase();

/** What the workflow's activity does with an operator's signal. */
const hear = (world: SlaDesk, ticketId: string, decision: TicketDecision, commandId: string) =>
  asOperator(commandId, decision, (command) =>
    decideTicket(
      { ...contextFor(world, { command }), actor: { type: 'operator' }, role: null },
      ticketId,
      decision,
      {},
    ),
  );

async function movesOf(world: SlaDesk, ticketId: string): Promise<number> {
  return (await kindsOf(world, ticketId)).filter((kind) => kind === 'ticket.stage_changed').length;
}

it('decides once in a place, however often it is sent, and again for another signal in that place', async () => {
  const world = await slaDesk(database);
  const { id } = await submit(world);
  const { inProgress, awaitingCustomer, solved } = world.team.stages;
  const commandId = newId('command');
  const moves = [inProgress, awaitingCustomer, solved].map(
    (stageId): TicketDecision => ({ kind: 'move_stage', stageId }),
  );
  for (const [index, move] of moves.entries()) {
    await hear(world, id, move, commandId);
    expect(await movesOf(world, id)).toBe(index + 1);
  }
  for (const move of [...moves, ...moves]) await hear(world, id, move, commandId);
  expect(await movesOf(world, id)).toBe(3);
});

it('does not decide again what a release before had decided without keeping what it was', async () => {
  const world = await slaDesk(database);
  const { id } = await submit(world);
  const move = { kind: 'move_stage', stageId: world.team.stages.inProgress } as const;
  const commandId = newId('command');
  await operate(world, id, move, commandId);
  await operate(world, id, { kind: 'move_stage', stageId: world.team.stages.new });
  await hear(world, id, move, commandId);
  expect(await movesOf(world, id)).toBe(2);
});

const fingerprintOf = (content: object): Promise<string> =>
  asOperator('signal-1', content, ({ fingerprint }) => Promise.resolve(fingerprint));

it('knows a signal by what it says, in whatever order', async () => {
  const fingerprint = await fingerprintOf({ kind: 'close', reason: 'solved by phone', stageId: undefined });
  expect(await fingerprintOf({ reason: 'solved by phone', kind: 'close' })).toBe(fingerprint);
  expect(await fingerprintOf({ reason: 'solved by mail', kind: 'close' })).not.toBe(fingerprint);
});

it('knows it from release to release: another fingerprint would have a reset decide again', async () => {
  const reason = 'by phone';
  const decisions = [
    toDecision.moveStage({ stageId: 'stg_1', fromStageId: 'stg_2', reason }),
    toDecision.assign({ userId: null, reason }),
    toDecision.setPriority({ priority: 'high', reason }),
    toDecision.close({ stageId: 'stg_1', reason }),
    toDecision.reopen({ reason }),
    toDecision.archive({}),
    toDecision.recalculateSla({ reason }),
    toDecision.retryBilling({ reason }),
  ];
  expect(await Promise.all(decisions.map(fingerprintOf))).toEqual([
    'operator-2c2f077cfedef4762f37dd15',
    'operator-36878b374786b9330ea1ce1f',
    'operator-a57ce43a905586ef6e73cced',
    'operator-15c1cf122928530017108aec',
    'operator-2168aeaa53589ef9544b44cb',
    'operator-2c7067a467436ca6f2094dd9',
    'operator-8cc3898bea6a02d5a8aa0115',
    'operator-f79166859f41b10fe3729fa5',
  ]);
});
