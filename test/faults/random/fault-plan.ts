import type { Direction } from '../../support/tcp-proxy';
import { Random } from './random';

export const processNames = ['api 1', 'api 2', 'worker 1', 'worker 2', 'relay 1', 'relay 2'] as const;
export type ProcessName = (typeof processNames)[number];
export type ServerName = 'postgres' | 'temporal';

/** Every link there is: each process to each server, and the clients to each API. */
export const linkNames = [
  ...processNames.flatMap((name) => [`${name} to postgres`, `${name} to temporal`] as const),
  'clients to api 1',
  'clients to api 2',
] as const;
export type LinkName = (typeof linkNames)[number];

/** What goes wrong, and for how long until it is healed. */
export type Fault =
  | { readonly kind: 'kill'; readonly target: ProcessName | ServerName; readonly downMs: number }
  | { readonly kind: 'pause'; readonly target: ProcessName | 'temporal'; readonly forMs: number }
  | {
      readonly kind: 'hold link';
      readonly target: LinkName;
      readonly directions: readonly Direction[];
      readonly forMs: number;
    }
  | { readonly kind: 'slow link'; readonly target: LinkName; readonly byMs: number; readonly forMs: number }
  | { readonly kind: 'cut link'; readonly target: LinkName }
  | {
      readonly kind: 'cut link after';
      readonly target: LinkName;
      readonly direction: Direction;
      readonly bytes: number;
    }
  /** Clients send each request that has a key to both APIs at once. */
  | { readonly kind: 'repeat requests'; readonly target: 'clients'; readonly forMs: number }
  /** Signals that were delivered are delivered again, ten times at once. */
  | { readonly kind: 'repeat signals'; readonly target: 'temporal signals'; readonly tickets: number };

export interface PlannedFault {
  /** From the beginning of the run. */
  readonly atMs: number;
  readonly fault: Fault;
}

type Draw = (random: Random) => Fault;

const kill =
  (...targets: readonly (ProcessName | ServerName)[]): Draw =>
  (random) => ({ kind: 'kill', target: random.pick(targets), downMs: random.between(0, 2_000) });
const pause =
  (...targets: readonly (ProcessName | 'temporal')[]): Draw =>
  (random) => ({ kind: 'pause', target: random.pick(targets), forMs: random.between(500, 4_000) });
const directions: readonly (readonly Direction[])[] = [
  ['to_server'],
  ['to_client'],
  ['to_server', 'to_client'],
];

/** Each once in every round, in an order of chance, so that no run is without one of them for long. */
const round: readonly Draw[] = [
  kill('api 1', 'api 2'),
  kill('worker 1', 'worker 2'),
  kill('relay 1', 'relay 2'),
  kill('postgres'),
  kill('temporal'),
  pause('api 1', 'api 2', 'relay 1', 'relay 2'),
  pause('worker 1', 'worker 2', 'temporal'),
  (random) => ({
    kind: 'hold link',
    target: random.pick(linkNames),
    directions: random.pick(directions),
    forMs: random.between(500, 5_000),
  }),
  (random) => ({
    kind: 'slow link',
    target: random.pick(linkNames),
    byMs: random.between(20, 400),
    forMs: random.between(1_000, 5_000),
  }),
  (random) => ({ kind: 'cut link', target: random.pick(linkNames) }),
  (random) => ({
    kind: 'cut link after',
    target: random.pick(linkNames),
    direction: random.pick(['to_server', 'to_client'] as const),
    bytes: random.between(1, 20_000),
  }),
  (random) => ({ kind: 'repeat requests', target: 'clients', forMs: random.between(1_000, 5_000) }),
  (random) => ({ kind: 'repeat signals', target: 'temporal signals', tickets: random.between(3, 12) }),
];

/** Time between two faults; both included. */
export interface Pace {
  readonly leastMs: number;
  readonly mostMs: number;
}

export const usualPace: Pace = { leastMs: 1_000, mostMs: 5_000 };

/** The faults of a run: they follow from the seed, the duration and the pace alone. */
export function planFaults(seed: number, durationMs: number, pace: Pace = usualPace): PlannedFault[] {
  const random = new Random(seed, 'faults');
  const plan: PlannedFault[] = [];
  let left: Draw[] = [];
  let atMs = random.between(pace.leastMs, pace.mostMs);
  while (atMs < durationMs) {
    if (left.length === 0) left = random.shuffled(round);
    const draw = left.pop();
    if (draw !== undefined) plan.push({ atMs, fault: draw(random) });
    atMs += random.between(pace.leastMs, pace.mostMs);
  }
  return plan;
}
