import type { Database } from '../prisma/client';
import { countedJobs, type RelayBacklog, relayBacklog } from '../services/outbox/backlog';
import { missingMigrations } from '../services/schema-version';
import type { Readiness } from './services';
import { sharedReading } from './shared-reading';

type Part = Readiness['parts'][number];

const answerLimitMs = 2_000;
/** Anybody may ask, and each reading costs two queries and a call. */
const keptMs = 500;
/** The relay delivers within a second; a minute means that none runs or that Temporal is away. */
const longestLagSeconds = 60;

/**
 * How this process and its parts are, in words. Ready needs the database only: facts are taken and records read
 * while Temporal or the relay are away (spec.md §2), so a balancer must go on sending requests here. The parts are as
 * they were at most half a second before; that the process stops is told at once.
 */
export function createReadiness(options: {
  readonly database: Database;
  /** Fulfilled when Temporal answers. */
  readonly askTemporal: () => Promise<unknown>;
  readonly isStopping: () => boolean;
}): () => Promise<Readiness> {
  const { database, askTemporal, isStopping } = options;
  const parts = sharedReading(
    () => Promise.all([databaseState(database), temporalState(askTemporal), relayState(database)]),
    keptMs,
  );
  return async () => {
    const [databasePart, temporalPart, relayPart] = await parts();
    const stopping = isStopping()
      ? [{ name: 'process', ready: false, detail: 'The process is stopping: send new requests to another.' }]
      : [];
    return {
      ready: databasePart.ready && stopping.length === 0,
      parts: [...stopping, databasePart, temporalPart, relayPart],
    };
  };
}

async function databaseState(database: Database): Promise<Part> {
  const name = 'database';
  let missing: readonly string[] = [];
  const answers = await answersInTime(async () => {
    missing = await missingMigrations(database.pool);
  });
  if (!answers) return { name, ready: false, detail: whyNoAnswer(database) };
  if (missing.length > 0) {
    const detail = `The database lacks ${missing.join(', ')}: run "npm run migrate", or the migrate job.`;
    return { name, ready: false, detail };
  }
  return { name, ready: true, detail: 'The database answers.' };
}

/** A pool that is used up looks like a database that is away; an operator must not restart the wrong one. */
function whyNoAnswer({ pool }: Database): string {
  const { max } = pool.options;
  const usedUp = pool.totalCount >= max && pool.idleCount === 0 && pool.waitingCount > 0;
  return usedUp
    ? `All ${max} connections of this process are in use and ${pool.waitingCount} requests wait for one: is a query stuck, or is DATABASE_POOL_SIZE too small?`
    : 'The database does not answer; nothing can be done.';
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
  let backlog: RelayBacklog = { jobs: 0, oldestSeconds: 0, relayRuns: false };
  const answers = await answersInTime(async () => {
    backlog = await relayBacklog(database);
  });
  if (!answers) return { name, ready: false, detail: 'How far the relay is cannot be read just now.' };
  const { jobs, oldestSeconds, relayRuns } = backlog;
  const many = jobs >= countedJobs ? `At least ${countedJobs} jobs wait` : `${jobs} waiting`;
  const queue = jobs === 0 ? 'No job waits' : `${many}`;
  const since = jobs === 0 ? '' : `, the oldest for ${oldestSeconds} s`;
  const waiting = `${queue} for the relay${since}.`;
  if (!relayRuns) {
    const detail = `No relay runs: facts are kept, and their tickets hear of them when one is started. ${waiting}`;
    return { name, ready: false, detail };
  }
  const late = oldestSeconds > longestLagSeconds;
  return { name, ready: !late, detail: late ? `${waiting} Does Temporal answer the relay?` : waiting };
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
