import { crashLanes, failures } from './crash-lanes';
import { crashPaths } from './crash-paths';
import { missingLandmarks, recordPath } from './crash-run';

const lanes = crashLanes(2);

/** Where it matters most, by path and program; `npm run crash-points` takes all there are. */
const chosen: readonly string[] = [
  'draft invoice, worker: after invoiceOrder: COMMIT',
  'log time, worker: after applyTimesheet: COMMIT',
  'move stage, worker: after decideTicket: COMMIT',
  'draft invoice, api: after request: StartWorkflowExecution',
  'create ticket, api: after request: create_ticket',
  'create ticket, relay: before SignalWithStartWorkflowExecution',
  'create ticket, relay: after SignalWithStartWorkflowExecution',
  'log time, relay: before forget_jobs',
  'move stage, api: after request: ExecuteMultiOperation',
  'post invoice, api: after request: COMMIT',
];

test('a process that dies before or after a commit or a call leaves the effect there exactly once', async () => {
  const recorded = await lanes.record(crashPaths, recordPath);
  expect(missingLandmarks(recorded)).toEqual([]);
  const points = recorded
    .flatMap((path) => path.points)
    .filter(({ path, program, boundary }) => chosen.includes(`${path.name}, ${program}: ${boundary}`));
  expect(points).toHaveLength(chosen.length);
  expect(failures(await lanes.crashAt(recorded, points))).toEqual([]);
}, 300_000);
