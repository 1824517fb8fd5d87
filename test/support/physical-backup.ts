import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { OwnServer } from './own-servers';

/**
 * Copies a running server's cluster into an empty folder, as `pg_basebackup` and snapshots of a volume do: between
 * PostgreSQL's own start and stop of a backup, then the WAL written meanwhile (PostgreSQL's documentation, 25.3).
 * A server that is started on the folder is the server of the instant at which the backup ended.
 */
export async function backUp(server: OwnServer, folder: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.address });
  await client.connect();
  try {
    await client.query(`SELECT pg_backup_start('test', true)`);
    const from = join(server.dataDir, 'postgres');
    const to = join(folder, 'postgres');
    copy(from, to);
    copy(join(server.dataDir, 'postgres-password'), join(folder, 'postgres-password'));
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    rmSync(join(to, 'pg_wal'), { recursive: true });
    copy(join(from, 'pg_wal'), join(to, 'pg_wal'));
    // The server's own, not its data's.
    rmSync(join(to, 'postmaster.pid'), { force: true });
    writeFileSync(join(to, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o644 });
  } finally {
    await client.end();
  }
}

/** With owners and modes; a file that vanishes meanwhile is repaired from the WAL. */
function copy(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  const trouble = stderr.split('\n').filter((line) => line !== '' && !line.includes('No such file'));
  if (status !== 0 && (trouble.length > 0 || stderr === '')) throw new Error(`cp ${from}: ${stderr}`);
}
