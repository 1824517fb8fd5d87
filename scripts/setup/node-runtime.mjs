import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from '../stack/failure.mjs';
import { repositoryRoot } from '../stack/paths.mjs';

const neededMajor = 24;
const binaryFolder = join(repositoryRoot, 'node_modules', '.bin');
const executable = process.platform === 'win32' ? 'node.exe' : 'node';

/**
 * The Node.js that everything runs on. It normally arrives as a package; where there is none for the system, or it
 * does not run there, a newer one from the PATH takes its place in `node_modules/.bin`, where npm scripts look first.
 */
export function nodeRuntime() {
  const packaged = join(binaryFolder, executable);
  if (majorOf(packaged) >= neededMajor) return packaged;
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder && folder !== binaryFolder);
  const other = [process.execPath, ...folders.map((folder) => join(folder, executable))].find(
    (candidate) => majorOf(candidate) >= neededMajor,
  );
  if (other === undefined) {
    throw new Failure(
      `Keepdesk needs Node.js ${neededMajor} and there is no package of it for ${process.platform}-${process.arch}: install Node.js ${neededMajor} and put it on the PATH.`,
    );
  }
  if (process.platform !== 'win32') {
    rmSync(packaged, { force: true });
    symlinkSync(other, packaged);
  }
  return other;
}

function majorOf(path) {
  if (path === process.execPath) return Number(process.versions.node.split('.')[0]);
  if (!existsSync(path)) return 0;
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
}
