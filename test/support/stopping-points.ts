import { randomInt } from 'node:crypto';
import { Client } from 'pg';
import { eventually } from './eventually';

/** Where transactions stop: before a row is written, or in the commit, before anything is durable. */
export interface Place {
  readonly table: string;
  readonly on: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly at: 'row' | 'commit';
  /** Only transactions on this company's rows stop. */
  readonly companyId: string;
}

/** A place in a transaction where whoever gets there waits until the test opens it, or for ever if it is killed. */
export interface StoppingPoint {
  /** Waits until somebody stands here. */
  reached(): Promise<void>;
  /** Waits until the database has noticed that whoever stood here is dead, and has rolled back. */
  abandoned(): Promise<void>;
  /** Lets those who stand here go on, and all who come. */
  open(): Promise<void>;
}

/** The stopping points of one database. Nothing in the product knows of them: they are triggers and a lock. */
export interface StoppingPoints {
  stopAt(place: Place): Promise<StoppingPoint>;
  openAll(): Promise<void>;
}

const deadClientsNoticedWithinMs = 100;

/**
 * Prepares a database for stopping points. Call it before the processes under test connect: only connections made
 * after it notice that their client has died while they wait.
 */
export async function stoppingPoints(databaseUrl: string): Promise<StoppingPoints> {
  await once(databaseUrl, async (client) => {
    await client.query(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET client_connection_check_interval = ${deadClientsNoticedWithinMs}',
      current_database()); END $$`);
    await client.query(`CREATE OR REPLACE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::int, 0); RETURN coalesce(NEW, OLD); END $$`);
  });
  const closed = new Set<StoppingPoint>();
  return {
    async stopAt(place) {
      const point = await makePoint(databaseUrl, place, () => closed.delete(point));
      closed.add(point);
      return point;
    },
    async openAll() {
      for (const point of closed) await point.open();
    },
  };
}

async function makePoint(databaseUrl: string, place: Place, onOpen: () => void): Promise<StoppingPoint> {
  const key = randomInt(1, 2 ** 31 - 1);
  const holder = new Client({ connectionString: databaseUrl });
  holder.on('error', () => {});
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock($1::int, 0)', [key]);
  await holder.query(triggerText(place, key));
  const standing = async (): Promise<boolean> => {
    const { rows } = await holder.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid = $1::int::oid`,
      [key],
    );
    return (rows[0]?.count ?? 0) > 0;
  };
  const name = `${place.on} of ${place.table} (${place.at})`;
  return {
    reached: async () => void (await eventually(`a transaction at ${name}`, standing)),
    abandoned: async () => void (await eventually(`nobody at ${name}`, async () => !(await standing()))),
    async open() {
      onOpen();
      await holder.end();
    },
  };
}

function triggerText({ table, on, at, companyId }: Place, key: number): string {
  const row = on === 'DELETE' ? 'OLD' : 'NEW';
  const kind =
    at === 'commit'
      ? `CONSTRAINT TRIGGER stop_${key} AFTER ${on} ON ${table} DEFERRABLE INITIALLY DEFERRED`
      : `TRIGGER stop_${key} BEFORE ${on} ON ${table}`;
  return `CREATE ${kind} FOR EACH ROW WHEN (${row}.company_id = '${companyId}') EXECUTE FUNCTION stop_here('${key}')`;
}

async function once(databaseUrl: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
