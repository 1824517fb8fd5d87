/** Closes a run with the one line that continuous integration reads: `N passed, N failed`. */
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    const failedSuitesWithoutTests = results.testResults.filter((suite) => suite.testExecError).length;
    const failed = results.numFailedTests + failedSuitesWithoutTests;
    process.stdout.write(`${results.numPassedTests} passed, ${failed} failed\n`);
  }
};
