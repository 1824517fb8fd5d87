import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';

const folder = join(__dirname, '../replay/histories');

/**
 * Keeps a run's history for the replay gate, only when the tests run with `RECORD_HISTORIES=1`: the saved ones stay
 * as old versions of the code made them, and a new kind of life is recorded beside them under a new name.
 */
export async function saveHistory(name: string, handle: WorkflowHandle): Promise<void> {
  if (process.env.RECORD_HISTORIES !== '1') return;
  const history = await handle.fetchHistory();
  writeFileSync(join(folder, `${name}.json`), `${historyToJSON(history)}\n`);
}
