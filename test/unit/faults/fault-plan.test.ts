import { planFaults } from '../../faults/random/fault-plan';
import { Random } from '../../faults/random/random';

const threeMinutesMs = 180_000;

describe('the plan of a run', () => {
  it('follows from the seed, and from nothing else', () => {
    expect(planFaults(7, threeMinutesMs)).toEqual(planFaults(7, threeMinutesMs));
    expect(planFaults(7, threeMinutesMs)).not.toEqual(planFaults(8, threeMinutesMs));
    expect(planFaults(7, threeMinutesMs).slice(0, 5)).toEqual(planFaults(7, 60_000).slice(0, 5));
  });

  it.each([1, 2, 3, 4, 5])('has a fault every one to five seconds, and every kind (seed %i)', (seed) => {
    const plan = planFaults(seed, threeMinutesMs);
    const instants = [0, ...plan.map(({ atMs }) => atMs)];
    for (const [index, { atMs }] of plan.entries()) {
      const pauseMs = atMs - (instants[index] ?? 0);
      expect(pauseMs).toBeGreaterThanOrEqual(1_000);
      expect(pauseMs).toBeLessThanOrEqual(5_000);
    }
    expect(instants.at(-1)).toBeGreaterThan(threeMinutesMs - 5_000);
    const kinds = new Set(
      plan.map(({ fault }) =>
        fault.kind === 'kill' ? `kill ${fault.target.replace(/ \d/, '')}` : fault.kind,
      ),
    );
    expect([...kinds].sort()).toEqual([
      'cut link',
      'cut link after',
      'hold link',
      'kill api',
      'kill postgres',
      'kill relay',
      'kill temporal',
      'kill worker',
      'pause',
      'repeat requests',
      'repeat signals',
      'slow link',
    ]);
  });
});

describe('chance', () => {
  it('spreads evenly and stays within its bounds', () => {
    const random = new Random(1, 'test');
    const counts = new Map<number, number>();
    for (let draw = 0; draw < 10_000; draw++) {
      const value = random.between(1, 10);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('shuffles without losing anything, and cannot choose from nothing', () => {
    const random = new Random(1, 'test');
    expect(random.shuffled([1, 2, 3, 4, 5]).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(() => random.pick([])).toThrow('nothing to choose from');
  });
});
