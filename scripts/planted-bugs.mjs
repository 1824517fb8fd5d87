/**
 * `npm run planted-bugs [-- <part of a name> …]`: takes out one guard after the other in a copy of the checkout and
 * runs the test that stands for it. Every test must fail then; prints what each said. One that did not, or that could
 * not run because the planted source does not compile, makes the exit code 1; the others are run all the same.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { plantedBugs } from './planted-bugs/bugs.cjs';
import { plant } from './planted-bugs/plant.cjs';
import { nodeRuntime } from './setup/node-runtime.mjs';
import { exitWithSentence, Failure } from './stack/failure.mjs';
import { repositoryRoot } from './stack/paths.mjs';
import { temporaryHome } from './stack/temporary.mjs';

const mostLines = 12;

function copyOfCheckout() {
  const copy = join(temporaryHome(), 'checkout');
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  if (listed.status !== 0) throw new Failure('Planting bugs needs a Git checkout: git ls-files failed.');
  for (const file of listed.stdout.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(repositoryRoot, file), join(copy, file));
  }
  symlinkSync(join(repositoryRoot, 'node_modules'), join(copy, 'node_modules'));
  cpSync(join(repositoryRoot, '.cache', 'bin'), join(copy, '.cache', 'bin'), { recursive: true });
  return copy;
}

function runIn(copy, programArguments) {
  const { status, stdout, stderr } = spawnSync(nodeRuntime(), programArguments, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, CI: 'true', FORCE_COLOR: '0' },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { passed: status === 0, output: `${stdout}${stderr}` };
}

/** The failed tests by name, each with the first lines of what it said. */
function saidBy(output) {
  const lines = output.split('\n');
  const first = lines.findIndex((line) => line.startsWith('  ● '));
  return first < 0 ? lines.slice(-mostLines) : lines.slice(first, first + mostLines);
}

const noticed = 'noticed';
const notNoticed = 'NOT NOTICED';
const couldNotRun = 'COULD NOT RUN';

function outcomeOf(copy, bug) {
  const file = join(copy, bug.file);
  const sound = readFileSync(file, 'utf8');
  try {
    writeFileSync(file, plant(bug, sound));
    const setUp = runIn(copy, [join('scripts', 'setup.mjs'), 'test']);
    if (!setUp.passed) return { outcome: couldNotRun, output: setUp.output };
    const options = bug.testName === undefined ? [] : ['-t', bug.testName];
    const { passed, output } = runIn(copy, [
      join('node_modules', 'jest', 'bin', 'jest.js'),
      bug.test,
      ...options,
    ]);
    if (passed) return { outcome: notNoticed, output: '' };
    return { outcome: /^Tests: +\d+ failed/m.test(output) ? noticed : couldNotRun, output };
  } finally {
    writeFileSync(file, sound);
  }
}

function main(names) {
  const chosen = plantedBugs.filter(
    ({ name }) => names.length === 0 || names.some((part) => name.includes(part)),
  );
  if (chosen.length === 0)
    throw new Failure('No planted bug has such a name; see scripts/planted-bugs/bugs.cjs.');
  const copy = copyOfCheckout();
  const missed = [];
  try {
    for (const bug of chosen) {
      const startedAt = Date.now();
      const { outcome, output } = outcomeOf(copy, bug);
      if (outcome !== noticed) missed.push(bug.name);
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      process.stdout.write(`\n${outcome}: ${bug.name} (${bug.test}, ${seconds} s)\n`);
      process.stdout.write(outcome === notNoticed ? '' : `${saidBy(output).join('\n')}\n`);
    }
  } finally {
    rmSync(dirname(copy), { recursive: true, force: true });
  }
  process.stdout.write(`\n${chosen.length - missed.length} of ${chosen.length} planted bugs were noticed\n`);
  if (missed.length > 0) throw new Failure(`Not noticed: ${missed.join('; ')}.`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  exitWithSentence(error);
}
