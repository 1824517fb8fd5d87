import type { ClockStatus } from '../../../domain/sla/clock';
import { type ClockSummary, summariseClocks } from '../../../domain/sla/ticket-state';

const clock = (
  status: ClockStatus,
  deadlineMs: number | null = null,
  atRiskAtMs: number | null = null,
  atRiskObserved = false,
): ClockSummary => ({ status, deadlineMs, atRiskAtMs, atRiskObserved });

it.each<[string, ClockSummary[], ReturnType<typeof summariseClocks>]>([
  ['no clock', [], { slaState: 'none', nextDeadlineMs: null, nextWakeAtMs: null }],
  [
    'only cancelled ones',
    [clock('cancelled', 5, 4)],
    { slaState: 'none', nextDeadlineMs: null, nextWakeAtMs: null },
  ],
  ['one that runs', [clock('running', 10, 8)], { slaState: 'on_track', nextDeadlineMs: 10, nextWakeAtMs: 8 }],
  [
    'one that was warned of',
    [clock('running', 10, 8, true)],
    { slaState: 'at_risk', nextDeadlineMs: 10, nextWakeAtMs: 10 },
  ],
  [
    'a warning that is due before another’s deadline',
    [clock('running', 10, 8, true), clock('running', 20, 9)],
    { slaState: 'at_risk', nextDeadlineMs: 10, nextWakeAtMs: 9 },
  ],
  ['a paused one', [clock('paused')], { slaState: 'paused', nextDeadlineMs: null, nextWakeAtMs: null }],
  [
    'a paused one beside a running one',
    [clock('paused'), clock('running', 10, 8)],
    { slaState: 'on_track', nextDeadlineMs: 10, nextWakeAtMs: 8 },
  ],
  [
    'a reached one, whose deadline is no longer anybody’s',
    [clock('reached', 10)],
    { slaState: 'reached', nextDeadlineMs: null, nextWakeAtMs: null },
  ],
  [
    'a reached one beside a paused one',
    [clock('reached', 10), clock('paused')],
    { slaState: 'paused', nextDeadlineMs: null, nextWakeAtMs: null },
  ],
  [
    'a breach, which outshines all, beside one that still runs',
    [clock('breached', 5), clock('running', 10, 8), clock('reached', 3)],
    { slaState: 'breached', nextDeadlineMs: 10, nextWakeAtMs: 8 },
  ],
  [
    'a calendar that never opens again',
    [clock('running')],
    { slaState: 'on_track', nextDeadlineMs: null, nextWakeAtMs: null },
  ],
])('sums up %s', (_what, clocks, expected) => {
  expect(summariseClocks(clocks)).toEqual(expected);
});
