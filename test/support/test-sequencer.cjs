const { sep } = require('node:path');
const { default: TestSequencer } = require('@jest/test-sequencer');

/** Folders whose files mostly wait: for the start and the end of processes, and for what was given up. */
const waitingFolders = ['faults', 'e2e'].map((name) => `${sep}test${sep}${name}${sep}`);
/** Take a minute or more; where jest has not run them yet, it goes by the size of their files, and would have them last. */
const longFiles = [
  'fuzz',
  'rolling-restart',
  'crash-points',
  'random-faults',
  'worker-killed',
  'bad-input',
].map((name) => `${sep}${name}.test.ts`);

/**
 * jest's order, longest first, with the files that wait spread over the whole run: two of them side by side would
 * leave the processors idle.
 */
module.exports = class extends TestSequencer {
  sort(tests) {
    const isLong = ({ path }) => longFiles.some((name) => path.endsWith(name));
    const sorted = super.sort(tests);
    const longestFirst = [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
    const groups = Map.groupBy(longestFirst, ({ path }) =>
      waitingFolders.some((folder) => path.includes(folder)),
    );
    const ranked = [...groups.values()].flatMap((group) =>
      group.map((test, index) => ({ test, rank: index / group.length })),
    );
    return ranked.sort((left, right) => left.rank - right.rank).map(({ test }) => test);
  }
};
