const { sep } = require('node:path');
const { default: TestSequencer } = require('@jest/test-sequencer');

/** Folders whose files mostly wait: for the start and the end of processes, and for what was given up. */
const waitingFolders = ['faults', 'e2e'].map((name) => `${sep}test${sep}${name}${sep}`);

/**
 * jest's order, longest first, with the files that wait spread over the whole run: two of them side by side would
 * leave the processors idle.
 */
module.exports = class extends TestSequencer {
  sort(tests) {
    const groups = Map.groupBy(super.sort(tests), ({ path }) =>
      waitingFolders.some((folder) => path.includes(folder)),
    );
    const ranked = [...groups.values()].flatMap((group) =>
      group.map((test, index) => ({ test, rank: index / group.length })),
    );
    return ranked.sort((left, right) => left.rank - right.rank).map(({ test }) => test);
  }
};
