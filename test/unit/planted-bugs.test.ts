import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface PlantedBug {
  readonly name: string;
  readonly test: string;
  readonly testName?: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The table is of use only while every guard it takes out still stands where it says. */
const root = join(__dirname, '..', '..');
const folder = join(root, 'scripts', 'planted-bugs');
const { plantedBugs: bugs } = require(join(folder, 'bugs.cjs')) as { plantedBugs: readonly PlantedBug[] };
const { plant } = require(join(folder, 'plant.cjs')) as { plant(bug: PlantedBug, text: string): string };

it('have names of their own, tests that exist, and a change that changes something', () => {
  expect(bugs.length).toBeGreaterThan(10);
  expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
  for (const bug of bugs) {
    expect([bug.name, existsSync(join(root, bug.test))]).toEqual([bug.name, true]);
    const sound = readFileSync(join(root, bug.file), 'utf8');
    expect(plant(bug, sound)).not.toBe(sound);
  }
});

it('are refused when their guard is not there, or there twice', () => {
  const bug = { name: 'x', test: '', file: 'a.ts', find: 'guard();', replace: '' };
  expect(() => plant(bug, 'nothing')).toThrow('a.ts has its line 0 times');
  expect(() => plant(bug, 'guard();guard();')).toThrow('a.ts has its line 2 times');
  expect(plant(bug, 'a guard(); b')).toBe('a  b');
});
