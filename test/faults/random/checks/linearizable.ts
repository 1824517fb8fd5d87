/** An operation as the search sees it: it took effect at one instant between these two, if it did. */
export interface Timed {
  readonly invokedAtMs: number;
  /** `null` when nobody knows whether it happened: then at any later time, or never. */
  readonly endedAtMs: number | null;
}

export interface Model<State, Asked> {
  readonly initial: State;
  /** The state after the operation with the answer it had; `undefined` where that answer cannot come from the state. */
  step(state: State, operation: Asked): State | undefined;
  /** Equal for equal states. */
  keyOf(state: State): string;
}

export type Verdict =
  | { readonly verdict: 'linearizable' }
  /** `after`: as many operations as could be put in an order; `stuck`: those of which none could be next. */
  | { readonly verdict: 'not_linearizable'; readonly after: number; readonly stuck: readonly number[] }
  | { readonly verdict: 'undecided' };

/** Far more than a history of 200 operations by 16 clients needs whose answers carry versions. */
const mostConfigurations = 300_000;

/**
 * Whether there is an order in which the operations, one at a time, give the answers they gave, while each stands
 * between its request and its answer (Herlihy and Wing 1990). The search is Wing and Gong's with Lowe's memory of
 * configurations; it gives up as `undecided` after so many of them.
 */
export function linearize<State, Asked extends Timed>(
  model: Model<State, Asked>,
  unsorted: readonly Asked[],
  limit = mostConfigurations,
): Verdict {
  const operations = unsorted
    .map((operation, index) => ({ operation, index }))
    .sort((left, right) => left.operation.invokedAtMs - right.operation.invokedAtMs);
  const needed = operations.filter(({ operation }) => operation.endedAtMs !== null).length;
  const seen = new Set<string>();
  let furthest = { after: -1, stuck: [] as number[] };

  const candidatesOf = (done: bigint): number[] => {
    let earliestEndMs = Number.POSITIVE_INFINITY;
    const open: number[] = [];
    for (const [place, { operation }] of operations.entries()) {
      if ((done >> BigInt(place)) & 1n) continue;
      // Sorted by request: nothing further back was asked before this end.
      if (operation.invokedAtMs > earliestEndMs) break;
      open.push(place);
      earliestEndMs = Math.min(earliestEndMs, operation.endedAtMs ?? Number.POSITIVE_INFINITY);
    }
    return open.filter((place) => (operations[place]?.operation.invokedAtMs ?? 0) <= earliestEndMs);
  };

  interface Frame {
    readonly done: bigint;
    readonly state: State;
    readonly completed: number;
    readonly candidates: readonly number[];
    next: number;
  }
  const frameOf = (done: bigint, state: State, completed: number): Frame => ({
    done,
    state,
    completed,
    candidates: candidatesOf(done),
    next: 0,
  });
  const path = [frameOf(0n, model.initial, 0)];
  while (path.length > 0) {
    const frame = path.at(-1) as Frame;
    if (frame.completed === needed) return { verdict: 'linearizable' };
    if (frame.completed > furthest.after) {
      const stuck = frame.candidates.map((place) => operations[place]?.index ?? -1);
      furthest = { after: frame.completed, stuck };
    }
    const place = frame.candidates[frame.next];
    if (place === undefined) {
      path.pop();
      continue;
    }
    frame.next += 1;
    const operation = operations[place]?.operation as Asked;
    const state = model.step(frame.state, operation);
    if (state === undefined) continue;
    const done = frame.done | (1n << BigInt(place));
    const key = `${done.toString(36)} ${model.keyOf(state)}`;
    if (seen.has(key)) continue;
    if (seen.size >= limit) return { verdict: 'undecided' };
    seen.add(key);
    path.push(frameOf(done, state, frame.completed + (operation.endedAtMs === null ? 0 : 1)));
  }
  return { verdict: 'not_linearizable', ...furthest };
}
