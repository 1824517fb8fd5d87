import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type pg from 'pg';

/** Beside package.json, whether this runs from the sources or from `dist`; `null` where the code came without it. */
export function findMigrationsDirectory(): string | null {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const directory = join(folder, 'prisma', 'migrations');
    if (existsSync(directory)) return directory;
  }
  return null;
}

/** Names of the migrations in a folder, oldest first. */
export function migrationNames(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(directory, entry.name, 'migration.sql')))
    .map((entry) => entry.name)
    .sort();
}

let shipped: readonly string[] | undefined;

/**
 * Migrations that came with this code and are not in the database, oldest first. A database that is ahead of the code,
 * as after a rollback, lacks none.
 */
export async function missingMigrations(pool: pg.Pool): Promise<readonly string[]> {
  if (shipped === undefined) {
    const directory = findMigrationsDirectory();
    shipped = directory === null ? [] : migrationNames(directory);
  }
  const { rows } = await pool.query<{ name: string }>(
    `SELECT shipped.name FROM unnest($1::text[]) AS shipped(name)
     WHERE NOT EXISTS (SELECT 1 FROM _prisma_migrations m WHERE m.migration_name = shipped.name
       AND m.finished_at IS NOT NULL AND m.rolled_back_at IS NULL) ORDER BY 1`,
    [shipped],
  );
  return rows.map(({ name }) => name);
}
