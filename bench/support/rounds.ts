import { cpus, loadavg } from 'node:os';

/** The value below which this share of the values lies. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}

/** Named figures of one contender in one round. */
export type Figures = Readonly<Record<string, number>>;

/**
 * Measures the contenders in turn, A B A B, after one round each that is thrown away (so that code is compiled and
 * caches are full); what the machine does beside falls on all alike.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  contenders: Readonly<Record<Name, (round: number) => Promise<Figures>>>,
): Promise<Readonly<Record<Name, readonly Figures[]>>> {
  const names = Object.keys(contenders) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Figures[]])) as Record<Name, Figures[]>;
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const figures = await contenders[name](round);
      if (round >= 0) results[name].push(figures);
    }
  }
  return results;
}

function spread(values: readonly number[]): string {
  const digits = Math.abs(median(values)) < 10 ? 2 : 0;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}

/** Prints each figure of each contender: the median of the rounds and their spread. */
export function printFigures(results: Readonly<Record<string, readonly Figures[]>>): void {
  for (const [name, rounds] of Object.entries(results)) {
    for (const figure of Object.keys(rounds[0] ?? {})) {
      console.log(
        `  ${name.padEnd(14)} ${figure.padEnd(18)} ${spread(rounds.map((each) => each[figure] ?? Number.NaN))}`,
      );
    }
  }
}

/**
 * Prints and answers the ratio of one figure, product to floor, taken within each round; the claim is its median.
 * @param aim as it reads in the output, such as `≥ 0.85`.
 */
export function printRatio(
  results: Readonly<Record<string, readonly Figures[]>>,
  figure: string,
  [product, floor]: readonly [string, string],
  aim: string,
): number {
  const ratios = (results[product] ?? []).map(
    (round, index) => (round[figure] ?? Number.NaN) / (results[floor]?.[index]?.[figure] ?? Number.NaN),
  );
  console.log(`  ${product} / ${floor}, ${figure}: ${spread(ratios)}   aim ${aim}`);
  return median(ratios);
}

/** What the figures were taken on; ratios hold elsewhere, times do not. */
export function printMachine(): void {
  const [first] = cpus();
  console.log(
    `Node.js ${process.version}, ${cpus().length} cores (${first?.model ?? 'unknown'}), load before ${loadavg()[0]?.toFixed(2) ?? '?'}`,
  );
}
