import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { root } from './processes';

const folder = join(__dirname, '../replay/histories');

/**
 * Keeps a run's history for the replay gate, only when the tests run with `RECORD_HISTORIES=1`: the saved ones stay
 * as old versions of the code made them, and a new kind of life is recorded beside them under a new name. Traces name
 * the place of the code in the image, not where it was recorded.
 */
export async function saveHistory(name: string, handle: WorkflowHandle): Promise<void> {
  if (process.env.RECORD_HISTORIES !== '1') return;
  const history = await handle.fetchHistory();
  const text = historyToJSON(history).replaceAll(`${root}/`, '/app/');
  writeFileSync(join(folder, `${name}.json`), `${text}\n`);
}
