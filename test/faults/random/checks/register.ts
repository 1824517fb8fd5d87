import type { Operation } from '../history';
import { linearize } from './linearizable';

/** A versioned record as its readers see it. */
export interface RecordState {
  readonly version: number;
  readonly fields: Readonly<Record<string, string | number | null>>;
}

/**
 * What the checks read of an operation on a versioned record. Asked: `record` (its id), `set` (what it writes, none
 * for a read), `ifMatch` (a version or null), `alwaysCounts` (whether it makes a new version also when nothing
 * differs). Answered: the record after it; of a refusal the `code` and what it told of the present `state`.
 */
interface Asked {
  readonly record: string;
  readonly set?: Readonly<Record<string, string | number | null>>;
  readonly ifMatch?: number | null;
  readonly alwaysCounts?: boolean;
}

/**
 * Every record whose operations are no history of one record at a time: each answer must follow from the version and
 * fields that the ones before it left, `If-Match` must hold at the instant of the effect, and no effect is lost or
 * happens twice. A history too long to be decided is a finding as well.
 */
export function registerFindings(
  initial: ReadonlyMap<string, RecordState>,
  operations: readonly Operation[],
): string[] {
  const byRecord = new Map<string, Operation[]>();
  for (const operation of operations) {
    const { record } = operation.asked as unknown as Asked;
    byRecord.set(record, [...(byRecord.get(record) ?? []), operation]);
  }
  return [...byRecord].flatMap(([record, history]) => {
    const start = initial.get(record);
    if (start === undefined) return [`${record} was changed and never made`];
    // A read nobody answered says nothing.
    const telling = history.filter(({ outcome, asked }) => outcome !== 'info' || asked.set !== undefined);
    const outcome = linearize({ initial: start, step, keyOf: (state) => JSON.stringify(state) }, telling);
    switch (outcome.verdict) {
      case 'linearizable':
        return [];
      case 'undecided':
        return [`the ${telling.length} operations on ${record} are too many to decide`];
      case 'not_linearizable': {
        const stuck = outcome.stuck.map((index) => describe(telling[index])).join('; ');
        return [
          `${record} is not one record: after ${outcome.after} operations none of these fits: ${stuck}`,
        ];
      }
    }
  });
}

function step(state: RecordState, operation: Operation): RecordState | undefined {
  const asked = operation.asked as unknown as Asked;
  if (operation.outcome === 'fail') return refusalFits(state, asked, operation) ? state : undefined;
  const { set, ifMatch = null } = asked;
  if (set === undefined) return isSeen(state, operation) ? state : undefined;
  if (ifMatch !== null && ifMatch !== state.version) return undefined;
  const fields = { ...state.fields, ...set };
  const differs = Object.keys(set).some((name) => set[name] !== state.fields[name]);
  const counts = differs || asked.alwaysCounts === true;
  const next = { version: state.version + (counts ? 1 : 0), fields };
  return operation.outcome === 'info' || isSeen(next, operation) ? next : undefined;
}

/** Whether the answer shows this state, in the fields it has. */
function isSeen(state: RecordState, { answered }: Operation): boolean {
  const fields = answered.fields as RecordState['fields'];
  return (
    answered.version === state.version &&
    Object.keys(fields).every((name) => fields[name] === state.fields[name])
  );
}

/** Refusals by the state must tell the truth about it; others say nothing. */
function refusalFits(state: RecordState, asked: Asked, { answered }: Operation): boolean {
  const told = (answered.state ?? {}) as { readonly version?: number; readonly stageId?: string };
  switch (answered.code) {
    case 'precondition_failed':
      return told.version === state.version && asked.ifMatch !== state.version;
    case 'stage_changed':
      return told.version === state.version && told.stageId === state.fields.stageId;
    default:
      return true;
  }
}

function describe(operation: Operation | undefined): string {
  if (operation === undefined) return 'nothing';
  const { action, asked, answered, outcome, invokedAtMs, endedAtMs } = operation;
  const when = `${Math.round(invokedAtMs)}–${endedAtMs === null ? '?' : Math.round(endedAtMs)} ms`;
  return `${action} ${JSON.stringify(asked)} ${outcome} ${JSON.stringify(answered)} at ${when}`;
}
