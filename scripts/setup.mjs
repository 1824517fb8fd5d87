/**
 * Makes a checkout ready: `node scripts/setup.mjs start|test|check|build`.
 * It runs before anything is installed, on the system's Node.js, so it uses nothing but what that brings along.
 */
import { join } from 'node:path';
import { buildSteps, isUpToDate, perform } from './setup/build-steps.mjs';
import { dependenciesAreInstalled, installDependencies } from './setup/dependencies.mjs';
import { nodeRuntime } from './setup/node-runtime.mjs';
import { exitWithSentence, Failure } from './stack/failure.mjs';
import { withLock } from './stack/lock.mjs';
import { cacheDirectory } from './stack/paths.mjs';
import { linkPostgresLibraries } from './stack/postgres-binaries.mjs';
import { temporalBinary, testServerBinary } from './stack/temporal-binaries.mjs';

const { generateClient, compile, bundleWorkflows } = buildSteps();

const needsByCommand = {
  start: { steps: [generateClient, compile, bundleWorkflows], binaries: startBinaries },
  test: { steps: [generateClient, compile, bundleWorkflows], binaries: testBinaries },
  check: { steps: [generateClient, compile], binaries: noBinaries },
  build: { steps: [generateClient, compile, bundleWorkflows], binaries: noBinaries },
};

async function startBinaries() {
  if (!process.env.TEMPORAL_ADDRESS) await temporalBinary();
}

async function testBinaries() {
  await temporalBinary();
  await testServerBinary();
}

async function noBinaries() {}

async function setUp(command) {
  const needs = needsByCommand[command];
  if (needs === undefined) {
    throw new Failure(`"${command ?? ''}" is not a set-up: use ${Object.keys(needsByCommand).join(', ')}.`);
  }
  if (!dependenciesAreInstalled() || !needs.steps.every(isUpToDate)) await build(needs.steps);
  nodeRuntime();
  linkPostgresLibraries();
  await needs.binaries();
}

/** One at a time: two set-ups in one checkout would install and compile over each other. */
function build(steps) {
  const onWait = () => process.stdout.write('Waiting for another set-up of this checkout…\n');
  return withLock(
    join(cacheDirectory, 'locks', 'setup.lock'),
    async () => {
      if (!dependenciesAreInstalled()) {
        process.stdout.write('Installing packages (once, about half a minute)…\n');
        await installDependencies();
      }
      const node = nodeRuntime();
      for (const step of steps) await perform(step, node);
    },
    { onWait },
  );
}

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
setUp(process.argv[2]).catch(exitWithSentence);
