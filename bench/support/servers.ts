import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Database, openDatabase } from '../../prisma/client';
import type { Cleanup } from './run';

export const root = join(__dirname, '..', '..', '..');

/** What is used of `scripts/stack.mjs`, which stands beside the compiled programs, not among them. */
interface Stack {
  startPostgres(options: { dataDir: string }): Promise<{ url: string; stop(): Promise<void> }>;
  startTemporal(options: { ephemeral: true }): Promise<{ address: string; stop(): Promise<void> }>;
}

function stack(): Promise<Stack> {
  return import(pathToFileURL(join(root, 'scripts', 'stack.mjs')).href) as Promise<Stack>;
}

/** A folder of the measurement's own, gone when it ends. */
export function temporaryFolder(cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'keepdesk-bench-'));
  cleanup.later(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

export interface MeasuredDatabase extends Database {
  readonly url: string;
}

/** A PostgreSQL of the measurement's own with the newest schema, as durable as in production: it waits for the disk. */
export async function startDatabase(cleanup: Cleanup): Promise<MeasuredDatabase> {
  const { startPostgres } = await stack();
  const server = await startPostgres({ dataDir: temporaryFolder(cleanup) });
  cleanup.later(() => server.stop());
  const migration = spawnSync(process.execPath, [join(root, 'dist', 'scripts', 'migrate.js')], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: server.url },
    encoding: 'utf8',
  });
  if (migration.status !== 0) throw new Error(migration.stderr);
  const database = openDatabase({ url: server.url, poolSize: 4, applicationName: 'keepdesk bench' });
  cleanup.later(() => database.close());
  return { ...database, url: server.url };
}

/** The Temporal development server, in memory; its `host:port`. @public */
export async function startTemporal(cleanup: Cleanup): Promise<string> {
  const server = await (await stack()).startTemporal({ ephemeral: true });
  cleanup.later(() => server.stop());
  return server.address;
}
