/**
 * Takes the pictures of docs/pictures anew: starts a stack of its own, makes a ticket in each state, and photographs
 * the API's page and the Temporal UI. `node scripts/pictures.mjs`, with Chromium on the PATH or named by CHROMIUM.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { makeStates } from './pictures/states.mjs';
import { takePictures } from './pictures/views.mjs';
import { exitWithSentence, Failure } from './stack/failure.mjs';
import { repositoryRoot } from './stack/paths.mjs';
import { freePort } from './stack/ports.mjs';

const startLimitMs = 300_000;

function findChromium() {
  const names = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'].filter(Boolean);
  const found = names.find((name) => spawnSync(name, ['--version']).status === 0);
  if (found !== undefined) return spawnSync('which', [found], { encoding: 'utf8' }).stdout.trim() || found;
  throw new Failure(
    'The pictures need Chromium, and there is none: install it (Debian: apt-get install chromium), or set CHROMIUM to its program.',
  );
}

async function startStack() {
  const dataDir = mkdtempSync(join(tmpdir(), 'keepdesk-pictures-'));
  const [port, uiPort] = [await freePort(), await freePort()];
  const environment = {
    ...process.env,
    DATA_DIR: dataDir,
    PORT: String(port),
    TEMPORAL_UI_PORT: String(uiPort),
    // What was terminated stays so until it is photographed.
    RECONCILE_EVERY_SECONDS: '86400',
  };
  const child = spawn(process.execPath, [join(repositoryRoot, 'scripts', 'supervisor.mjs')], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const ready = new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (output.includes('Ctrl-C stops everything')) resolve();
    });
    child.once('exit', () => reject(new Failure(`The stack did not start:\n${output}`)));
    setTimeout(() => reject(new Failure(`The stack did not start:\n${output}`)), startLimitMs).unref();
  });
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    apiUrl: `http://127.0.0.1:${port}`,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    temporalAddress: /Temporal {2,}(127\.0\.0\.1:\d+)/.exec(output)[1],
    dataDir,
    stop,
  };
}

async function main() {
  const executablePath = findChromium();
  const stack = await startStack();
  try {
    const states = await makeStates(stack);
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      await takePictures(browser, { ...stack, states, folder: join(repositoryRoot, 'docs', 'pictures') });
    } finally {
      await browser.close();
    }
  } finally {
    await stack.stop();
  }
}

main().catch(exitWithSentence);
