import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../scripts/migrate';
import type * as bundling from '../../worker/build-bundle';
import { addresses, type RunningServers, setRunningServers } from './addresses';

/** The part of jest's configuration that says which files this run was asked for. */
interface RunConfiguration {
  readonly rootDir: string;
  readonly testPathPatterns?: { readonly patterns: readonly string[] };
}

/** Folders of test/ whose files need no server at all, or start the whole stack themselves. */
const serverless = ['unit', 'e2e'];
const needingTemporal = ['api', 'attack', 'workflows', 'activities', 'worker', 'e2e', 'faults'];
const needingBundle = ['api', 'attack', 'workflows', 'activities', 'worker', 'replay'];

const templateDatabase = 'keepdesk_template';

/**
 * Starts what the chosen test files need, once per run: one PostgreSQL with a migrated template database, one
 * Temporal server, one workflow bundle. Test processes find them through `addresses` (process.env).
 */
export default async function globalSetup(configuration: RunConfiguration): Promise<void> {
  const folders = chosenFolders(configuration);
  const wants = (names: readonly string[]): boolean => names.some((name) => folders.has(name));
  const stack = await import('../../scripts/stack.mjs');
  const servers: RunningServers = { stops: [] };
  setRunningServers(servers);
  const work: Promise<void>[] = [];
  if ([...folders].some((folder) => !serverless.includes(folder))) {
    work.push(
      stack.startPostgres({ ephemeral: true }).then(async (postgres) => {
        servers.stops.push(postgres.stop);
        addresses.databaseServer.set(postgres.url);
        addresses.templateDatabase.set(await createTemplate(postgres.url));
      }),
    );
  }
  if (wants(needingTemporal)) {
    work.push(
      stack.startTemporal({ ephemeral: true }).then((temporal) => {
        servers.stops.push(temporal.stop);
        addresses.temporal.set(temporal.address);
        addresses.temporalUi.set(temporal.uiUrl);
      }),
    );
    work.push(stack.testServerBinary().then((path) => addresses.timeSkippingServerBinary.set(path)));
  }
  if (wants(needingBundle)) work.push(bundle(configuration.rootDir, servers));
  const { buildSteps, isUpToDate } = await import('../../scripts/setup/build-steps.mjs');
  if (isUpToDate(buildSteps().compile)) {
    addresses.openApiDocument.set(join(configuration.rootDir, 'dist', 'api', 'openapi', 'openapi.json'));
  }
  const results = await Promise.allSettled(work);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await Promise.allSettled(servers.stops.map((stop) => stop()));
    throw failure.reason;
  }
}

async function createTemplate(serverUrl: string): Promise<string> {
  const administrator = new Client({ connectionString: serverUrl });
  await administrator.connect();
  try {
    await administrator.query(`CREATE DATABASE ${templateDatabase}`);
    const url = new URL(serverUrl);
    url.pathname = `/${templateDatabase}`;
    await migrate(url.href);
    await administrator.query(`ALTER DATABASE ${templateDatabase} IS_TEMPLATE true ALLOW_CONNECTIONS false`);
  } finally {
    await administrator.end();
  }
  return templateDatabase;
}

/** The bundle of the build where it is that of the present sources, else one made for this run. */
async function bundle(rootFolder: string, servers: RunningServers): Promise<void> {
  const { buildSteps, isUpToDate } = await import('../../scripts/setup/build-steps.mjs');
  if (isUpToDate(buildSteps().bundleWorkflows)) {
    addresses.workflowBundle.set(join(rootFolder, 'dist', 'workflow-bundle.js'));
    return;
  }
  const { buildBundle } = require('../../worker/build-bundle') as typeof bundling;
  const folder = mkdtempSync(join(tmpdir(), 'keepdesk-bundle-'));
  servers.stops.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'workflow-bundle.js');
  await buildBundle(join(rootFolder, 'workflows', 'index.ts'), file);
  addresses.workflowBundle.set(file);
}

/** First folders below test/ of the files this run was asked for; all of them when it was asked for none. */
function chosenFolders(configuration: RunConfiguration): Set<string> {
  const testRoot = join(configuration.rootDir, 'test');
  const patterns = (configuration.testPathPatterns?.patterns ?? []).map((text) => new RegExp(text, 'i'));
  const files = readdirSync(testRoot, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join(testRoot, file))
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => pattern.test(file)));
  return new Set(files.map((file) => relative(testRoot, file).split('/')[0] ?? ''));
}
