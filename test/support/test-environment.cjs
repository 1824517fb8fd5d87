const { TestEnvironment } = require('jest-environment-node');

const builtIns = [
  'AggregateError',
  'Error',
  'EvalError',
  'Promise',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
];

/**
 * jest's environment, in which packages are loaded once for all the test files of a process instead of once for
 * each (`package-transform.cjs`). They have the built-in objects of the process and a test file has its own, so what
 * one of them makes is made to be an `instanceof` for the other.
 */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.requirePackage = require;
    this.global.Date = Date;
    for (const name of builtIns) alignBuiltIn(this.global[name], globalThis[name]);
  }
};

function alignBuiltIn(ofTests, ofPackages) {
  const isInstance = Function.prototype[Symbol.hasInstance];
  Object.setPrototypeOf(ofTests.prototype, ofPackages.prototype);
  Object.defineProperty(ofTests, Symbol.hasInstance, {
    value(candidate) {
      return isInstance.call(this, candidate) || (this === ofTests && candidate instanceof ofPackages);
    },
  });
}
