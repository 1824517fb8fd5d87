import { createHash } from 'node:crypto';

/** Numbers that follow from a seed: the same seed and purpose, the same numbers. */
export class Random {
  private state: number;

  /** `purpose` names what is drawn, so that one series does not depend on how often another was used. */
  constructor(seed: number, purpose: string) {
    this.state = createHash('sha256').update(`${seed} ${purpose}`).digest().readUInt32LE();
  }

  /** From 0 up to 1, without 1 (the generator mulberry32, whose period is 2³²). */
  fraction(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from one to the other, both included. */
  between(lowest: number, highest: number): number {
    return lowest + Math.floor(this.fraction() * (highest - lowest + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** @throws Error when there is nothing to choose from */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new Error('there is nothing to choose from');
    return item;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const keyed = items.map((item) => ({ item, key: this.fraction() }));
    return keyed.sort((left, right) => left.key - right.key).map(({ item }) => item);
  }
}
