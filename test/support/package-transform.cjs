/**
 * Makes a package's file, when a test file or the product's sources ask for it, the one that the process has loaded:
 * loading Prisma, zod and Temporal anew takes a second of processor for each test file. What runs outside the test
 * environment, as the global set-up does, gets the file as it is.
 */
module.exports = {
  process: (source, filename) => ({
    code: `if (globalThis.requirePackage) module.exports = globalThis.requirePackage(${JSON.stringify(filename)});
else (function () {${source}
})();`,
  }),
};
