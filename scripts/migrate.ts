import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { readEnvironment } from '../config/env';
import { StartError } from '../config/start-error';
import { findMigrationsDirectory, migrationNames } from '../services/schema-version';

/** The lock that Prisma's own `migrate deploy` takes, so that both keep out of each other's way. */
const advisoryLock = 72_707_369;
const lockLimit = '120s';

/** As Prisma creates it; `prisma migrate status` reads it. */
const historyTable = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface RecordedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

export interface MigrationResult {
  /** Names of the migrations this call applied, in order. */
  readonly applied: readonly string[];
  /** How many were in the database before. */
  readonly present: number;
}

/**
 * Brings a database to the newest schema. Safe to call at any time and from several processes at once: one applies,
 * the others find nothing to do. A migration is applied whole or not at all, its record included.
 */
export async function migrate(
  databaseUrl: string,
  migrationsDirectory: string = shippedMigrationsDirectory(),
): Promise<MigrationResult> {
  const migrations = readMigrations(migrationsDirectory);
  const client = new Client({ connectionString: databaseUrl, application_name: 'keepdesk-migrate' });
  // Without a listener a connection that breaks between two queries ends the process.
  client.on('error', () => undefined);
  try {
    await connect(client);
    await takeLock(client);
    return await applyPending(client, migrations);
  } finally {
    // The lock belongs to the session and goes with it.
    await client.end().catch(() => undefined);
  }
}

async function connect(client: Client): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw new StartError(
      `The database of DATABASE_URL cannot be reached (${describe(error)}): start it, or correct the address.`,
    );
  }
}

async function takeLock(client: Client): Promise<void> {
  try {
    await client.query(`SET lock_timeout = '${lockLimit}'`);
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
    await client.query('RESET lock_timeout');
  } catch (error) {
    throw new StartError(
      `Another migration has held the database for ${lockLimit} (${describe(error)}): wait for it or end it.`,
    );
  }
}

async function applyPending(client: Client, migrations: readonly Migration[]): Promise<MigrationResult> {
  await client.query(historyTable);
  const { rows } = await client.query<RecordedMigration>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  const recorded = new Map(rows.map((row) => [row.migration_name, row]));
  refuseFailed(rows);
  refuseChanged(migrations, recorded);
  const pending = migrations.filter(({ name }) => !recorded.has(name));
  for (const migration of pending) await apply(client, migration);
  return { applied: pending.map(({ name }) => name), present: recorded.size };
}

function refuseFailed(recorded: readonly RecordedMigration[]): void {
  const failed = recorded.find((row) => row.finished_at === null);
  if (failed === undefined) return;
  throw new StartError(
    `Migration ${failed.migration_name} is recorded as failed: mend the database, then run "prisma migrate resolve" with --applied or --rolled-back.`,
  );
}

function refuseChanged(
  migrations: readonly Migration[],
  recorded: ReadonlyMap<string, RecordedMigration>,
): void {
  const changed = migrations.find(({ name, checksum }) => {
    const before = recorded.get(name);
    return before !== undefined && before.checksum !== checksum;
  });
  if (changed === undefined) return;
  throw new StartError(
    `Migration ${changed.name} was changed after it was applied: restore its file and put the change into a new migration.`,
  );
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  try {
    await client.query('BEGIN');
    await client.query(
      'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES ($1, $2, $3, clock_timestamp())',
      [id, checksum, name],
    );
    // One simple query: splitting at ";" would tear function bodies and quoted text apart.
    await client.query(sql);
    await client.query(
      'UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1',
      [id],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new StartError(`Migration ${name} failed and was rolled back: ${describe(error)}.`);
  }
}

function readMigrations(directory: string): Migration[] {
  return migrationNames(directory).map((name) => {
    const content = readFileSync(join(directory, name, 'migration.sql'));
    return {
      name,
      sql: content.toString('utf8'),
      checksum: createHash('sha256').update(content).digest('hex'),
    };
  });
}

function shippedMigrationsDirectory(): string {
  const directory = findMigrationsDirectory();
  if (directory !== null) return directory;
  throw new StartError('There is no prisma/migrations folder beside the program: deploy it with the code.');
}

function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const position =
    'position' in error && typeof error.position === 'string' ? ` at character ${error.position}` : '';
  return `${error.message.replace(/\.$/, '')}${position}`;
}

async function main(): Promise<void> {
  const { applied, present } = await migrate(readEnvironment().DATABASE_URL);
  for (const name of applied) process.stdout.write(`applied ${name}\n`);
  process.stdout.write(`${applied.length} applied, ${present} were present\n`);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof StartError ? error.message : describe(error)}\n`);
    process.exitCode = 1;
  });
}
