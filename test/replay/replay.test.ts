import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { bundleWorkflowCode, type ReplayResult, Worker } from '@temporalio/worker';
import { installTemporalRuntime } from '../../worker/temporal-runtime';
import { addresses } from '../support/addresses';
import { captureLog } from '../support/logs';

const folder = join(__dirname, 'histories');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

function* savedHistories() {
  for (const name of names) {
    const history = historyFromJSON(JSON.parse(readFileSync(join(folder, name), 'utf8')));
    yield { workflowId: name, history };
  }
}

async function replayAll(workflowBundle: { codePath: string } | { code: string }): Promise<ReplayResult[]> {
  const results: ReplayResult[] = [];
  for await (const result of Worker.runReplayHistories({ workflowBundle }, savedHistories()))
    results.push(result);
  return results;
}

beforeAll(() => {
  installTemporalRuntime(captureLog().logger);
});

it('has a saved history of each kind of life', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      'ticket-breached.json',
      'ticket-billing-stopped.json',
      'ticket-closed.json',
      'ticket-reset.json',
      'ticket-continued.json',
      'ticket-continued-beside-bill.json',
      'ticket-refused-signals.json',
      'ticket-mistyped.json',
      'ticket-settling-stopped.json',
      'ticket-decision-late.json',
      'invoice-run.json',
      'invoice-run-retried.json',
      'invoice-run-retry-forgotten.json',
      'reconcile.json',
    ]),
  );
});

it('replays every saved history on the workflows as they are now', async () => {
  const results = await replayAll({ codePath: addresses.workflowBundle.get() });
  expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(results).toHaveLength(names.length);
});

/** Workflows of the test's own, bundled as the product's are. */
async function bundleOf(folderName: string): Promise<{ code: string }> {
  const logger = captureLog().logger;
  const silent = (): void => {};
  return await bundleWorkflowCode({
    workflowsPath: join(__dirname, folderName, 'index.ts'),
    logger: {
      log: silent,
      trace: silent,
      debug: silent,
      info: silent,
      warn: silent,
      error: (text) => logger.error(text),
    },
  });
}

it('would catch a change that nobody guarded', async () => {
  const results = await replayAll(await bundleOf('incompatible'));
  const tickets = results.filter(({ workflowId }) => workflowId.startsWith('ticket-'));
  expect(tickets.length).toBeGreaterThan(4);
  for (const { error } of tickets) expect(error?.name).toBe('DeterminismViolationError');
}, 180_000);

it('lets the same change pass where `patched` guards it: old histories go on as they were made', async () => {
  const results = await replayAll(await bundleOf('patched'));
  expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(results).toHaveLength(names.length);
}, 180_000);

it('holds no text of a person', () => {
  for (const name of names) {
    const text = readFileSync(join(folder, name), 'utf8');
    const decoded = text.replaceAll(/"data": "([A-Za-z0-9+/=]+)"/g, (_match, data: string) =>
      Buffer.from(data, 'base64').toString(),
    );
    expect(decoded).not.toMatch(/printer|Looked at it|northwind|\.test\b|example/i);
  }
});
