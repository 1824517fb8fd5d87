import type { Database } from '../prisma/client';
import type { Readiness } from './services';

type Part = Readiness['parts'][number];

const answerLimitMs = 2_000;
/** The relay delivers within a second; a minute means that none runs or that Temporal is away. */
const longestLagSeconds = 60;

/** What stands before the relay: how many jobs (counted up to a bound), and since when the oldest waits. */
export interface RelayBacklog {
  readonly jobs: number;
  readonly oldestSeconds: number;
}

/** Counting stops here: beyond it the figure says no more than "many". */
export const countedJobs = 10_000;

/** Two index reads, however long the queue is. */
export async function relayBacklog(database: Database): Promise<RelayBacklog> {
  const { rows } = await database.pool.query<RelayBacklog>(
    `SELECT (SELECT count(*)::int FROM (SELECT 1 FROM job LIMIT ${countedJobs}) AS counted) AS jobs,
      coalesce((SELECT greatest(0, extract(epoch FROM now() - created_at))::int FROM job
        ORDER BY position LIMIT 1), 0) AS "oldestSeconds"`,
  );
  return rows[0] ?? { jobs: 0, oldestSeconds: 0 };
}

/**
 * How this process and its parts are, in words. Ready needs the database only: facts are taken and records read
 * while Temporal or the relay are away (spec.md §2), so a balancer must go on sending requests here.
 */
export function createReadiness(options: {
  readonly database: Database;
  /** Fulfilled when Temporal answers. */
  readonly askTemporal: () => Promise<unknown>;
  readonly isStopping: () => boolean;
}): () => Promise<Readiness> {
  const { database, askTemporal, isStopping } = options;
  return async () => {
    const [databasePart, temporalPart, relayPart] = await Promise.all([
      databaseState(database),
      temporalState(askTemporal),
      relayState(database),
    ]);
    const stopping = isStopping()
      ? [{ name: 'process', ready: false, detail: 'The process is stopping and takes no new requests.' }]
      : [];
    return {
      ready: databasePart.ready && stopping.length === 0,
      parts: [...stopping, databasePart, temporalPart, relayPart],
    };
  };
}

async function databaseState(database: Database): Promise<Part> {
  const name = 'database';
  const answers = await answersInTime(() => database.pool.query('SELECT 1'));
  const detail = answers ? 'The database answers.' : 'The database does not answer; nothing can be done.';
  return { name, ready: answers, detail };
}

async function temporalState(askTemporal: () => Promise<unknown>): Promise<Part> {
  const name = 'temporal';
  const answers = await answersInTime(askTemporal);
  const detail = answers
    ? 'Temporal answers.'
    : 'Temporal does not answer: facts are kept and delivered later, decisions are refused for now.';
  return { name, ready: answers, detail };
}

async function relayState(database: Database): Promise<Part> {
  const name = 'relay';
  let backlog: RelayBacklog = { jobs: 0, oldestSeconds: 0 };
  const answers = await answersInTime(async () => {
    backlog = await relayBacklog(database);
  });
  if (!answers) return { name, ready: false, detail: 'How far the relay is cannot be read just now.' };
  const { jobs, oldestSeconds } = backlog;
  if (jobs === 0) return { name, ready: true, detail: 'No job waits for the relay.' };
  const many = jobs >= countedJobs ? `At least ${countedJobs} jobs wait` : `${jobs} waiting`;
  const late = oldestSeconds > longestLagSeconds;
  const advice = late ? ' Is a relay running, and does Temporal answer?' : '';
  return { name, ready: !late, detail: `${many} for the relay, the oldest for ${oldestSeconds} s.${advice}` };
}

async function answersInTime(ask: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), answerLimitMs);
  });
  try {
    return await Promise.race([ask().then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
