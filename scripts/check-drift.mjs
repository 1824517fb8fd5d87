/**
 * The drift gate: do the migrations produce exactly the schema that prisma/schema.prisma describes?
 * Exit code 0 when they do, 2 with the missing SQL when they do not, 1 when it could not be found out.
 */
import { join } from 'node:path';
import { nodeRuntime } from './setup/node-runtime.mjs';
import { Failure, sentenceOf } from './stack/failure.mjs';
import { repositoryRoot } from './stack/paths.mjs';
import { run } from './stack/processes.mjs';
import { startPostgres } from './stack.mjs';

const noDrift = 0;
const drift = 2;
const schema = ['--to-schema', join('prisma', 'schema.prisma')];
const migrations = ['--from-migrations', join('prisma', 'migrations')];

async function checkDrift() {
  const server = process.env.DATABASE_URL ? undefined : await startPostgres({ ephemeral: true });
  const databaseUrl = server?.url ?? process.env.DATABASE_URL;
  try {
    await proveThatTheGateCanFail(databaseUrl);
    const { code, output } = await compare([...migrations, ...schema], databaseUrl);
    // The words as well as the code: an engine that dies midway leaves exit code 0 behind.
    if (code === noDrift && output.includes('No difference detected')) {
      process.stdout.write('The migrations and the schema agree.\n');
      return noDrift;
    }
    if (code !== drift) throw new Failure(`The comparison of migrations and schema failed:\n${output}`);
    const { output: sql } = await compare([...migrations, ...schema, '--script'], databaseUrl);
    process.stdout.write(`${output}\n\nThe migrations lack:\n\n${sql}\n`);
    process.stderr.write('prisma/schema.prisma and prisma/migrations differ: add a migration.\n');
    return drift;
  } finally {
    await server?.stop();
  }
}

/** An engine that silently does nothing would say "no difference" to everything, this included. */
async function proveThatTheGateCanFail(databaseUrl) {
  const { code, output } = await compare(['--from-empty', ...schema], databaseUrl);
  if (code === drift) return;
  throw new Failure(
    `The drift gate is blind: it finds no difference between nothing and the schema.\n${output}`,
  );
}

async function compare(sides, databaseUrl) {
  const program = join('node_modules', 'prisma', 'build', 'index.js');
  const { code, output } = await run(nodeRuntime(), [program, 'migrate', 'diff', ...sides, '--exit-code'], {
    cwd: repositoryRoot,
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      PRISMA_SCHEMA_ENGINE_BINARY: join(repositoryRoot, 'scripts', 'prisma-schema-engine.mjs'),
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  return { code, output: output.replace(/^Loaded Prisma config.*$/gm, '').trim() };
}

checkDrift().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    process.stderr.write(`${sentenceOf(error)}\n`);
    process.exitCode = 1;
  },
);
