import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { Failure } from '../stack/failure.mjs';
import { repositoryRoot } from '../stack/paths.mjs';
import { run } from '../stack/processes.mjs';

/** Runs a compiled program to its end; its output goes to its log, its last line explains a failure. */
export async function runProgram({ node, program, environment, settings, failure, limitMs }) {
  const name = basename(program, '.js');
  const logFile = join(settings.logDirectory, `${name}.log`);
  const { code, output } = await run(node, ['--enable-source-maps', program], {
    cwd: repositoryRoot,
    env: environment,
    limitMs,
  });
  createWriteStream(logFile, { flags: 'a' }).end(output);
  if (code !== 0) {
    const lines = output.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
    throw new Failure(
      `${failure}: ${lines.at(-1)?.trim() ?? `no answer within ${limitMs / 1000} seconds`} (log: ${logFile})`,
    );
  }
  return output;
}
