import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Failure } from '../stack/failure.mjs';
import { repositoryRoot } from '../stack/paths.mjs';
import { run } from '../stack/processes.mjs';
import { filesBelow, fingerprint, isStamped, stamp } from './stamps.mjs';

const isTypeScript = (name) => name.endsWith('.ts') && !name.endsWith('.d.ts');
const schemaFile = join('prisma', 'schema.prisma');
const bundleFile = 'workflow-bundle.js';
const openApiFile = join(repositoryRoot, 'dist', 'api', 'openapi', 'openapi.json');

/** Each step is skipped while its inputs are what they were when its outputs were made. */
export function buildSteps() {
  return { generateClient, compile, bundleWorkflows };
}

const generateClient = {
  name: 'generate-client',
  announcement: 'Generating the database client…',
  isNeeded: () => existsSync(join(repositoryRoot, schemaFile)),
  inputs: () => filesBelow(schemaFile).concat(filesBelow('node_modules/prisma/package.json')),
  hasOutputs: () => existsSync(join(repositoryRoot, 'prisma', 'generated', 'client.ts')),
  async work(node) {
    const program = join('node_modules', 'prisma', 'build', 'index.js');
    await runNode(node, [program, 'generate'], 'The database client could not be generated', {
      // Without it the CLI downloads an engine even for this; ours is also right for everything else.
      PRISMA_SCHEMA_ENGINE_BINARY: join(repositoryRoot, 'scripts', 'prisma-schema-engine.mjs'),
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    });
  },
};

const compile = {
  name: 'compile',
  announcement: 'Compiling…',
  isNeeded: () => sources().length > 0,
  inputs: () =>
    sources().concat(
      ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].flatMap((name) => filesBelow(name)),
    ),
  hasOutputs: () => existsSync(openApiFile) && sources().every((source) => existsSync(outputOf(source))),
  async work(node) {
    // The compiler trusts its build information and would not write a lost file again.
    if (!compile.hasOutputs()) rmSync(join(repositoryRoot, 'dist', '.tsbuildinfo'), { force: true });
    const program = join('node_modules', 'typescript', 'bin', 'tsc');
    await runNode(node, [program, '--project', 'tsconfig.build.json'], 'The sources do not compile');
    removeOrphans();
    await runNode(
      node,
      [join('dist', 'scripts', 'write-openapi.js')],
      'The API document could not be written',
    );
  },
};

const bundleWorkflows = {
  name: 'bundle-workflows',
  announcement: 'Bundling the workflows…',
  isNeeded: () => existsSync(join(repositoryRoot, 'worker', 'build-bundle.ts')),
  inputs: () =>
    ['workflows', 'domain']
      .flatMap((folder) => filesBelow(folder, isTypeScript))
      .concat(['worker/build-bundle.ts', 'package-lock.json'].flatMap((name) => filesBelow(name))),
  hasOutputs: () => existsSync(join(repositoryRoot, 'dist', bundleFile)),
  async work(node) {
    await runNode(node, [join('dist', 'worker', 'build-bundle.js')], 'The workflows could not be bundled');
  },
};

export function isUpToDate(step) {
  return !step.isNeeded() || (step.hasOutputs() && isStamped(step.name, fingerprint(step.inputs())));
}

export async function perform(step, node) {
  if (isUpToDate(step)) return;
  process.stdout.write(`${step.announcement}\n`);
  // Taken before the work: a file that is saved meanwhile makes the next run do it again.
  const inputs = fingerprint(step.inputs());
  await step.work(node);
  stamp(step.name, inputs);
}

function sources() {
  const { include } = JSON.parse(readFileSync(join(repositoryRoot, 'tsconfig.build.json'), 'utf8'));
  return include.flatMap((pattern) => {
    if (!pattern.endsWith('/*.ts')) return filesBelow(pattern, isTypeScript);
    const folder = join(repositoryRoot, pattern.slice(0, -'/*.ts'.length));
    return filesBelow(relative(repositoryRoot, folder), isTypeScript).filter(
      (file) => !relative(folder, file).includes('/'),
    );
  });
}

function outputOf(source) {
  return join(repositoryRoot, 'dist', relative(repositoryRoot, source).replace(/\.ts$/, '.js'));
}

/** Output of deleted sources would still be found by `require` and by file walks. */
function removeOrphans() {
  const expected = new Set(sources().map(outputOf));
  for (const file of filesBelow('dist', (name) => name.endsWith('.js'))) {
    if (expected.has(file) || file.endsWith(`/${bundleFile}`)) continue;
    rmSync(file);
    rmSync(`${file}.map`, { force: true });
  }
}

async function runNode(node, programArguments, failure, environment = {}) {
  const { code, output } = await run(node, programArguments, {
    cwd: repositoryRoot,
    detached: false,
    env: { ...process.env, ...environment },
  });
  if (code === 0) return;
  process.stderr.write(output);
  throw new Failure(`${failure}; the reason is above.`);
}
