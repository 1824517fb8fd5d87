/**
 * Loaded into a program of the product before anything else (`node --require`): says so in its log when the member
 * `polluted` of a request's body ends up on the prototype that all objects have.
 */
Object.defineProperty(Object.prototype, 'polluted', {
  set(value) {
    if (this === Object.prototype)
      process.stdout.write('{"msg":"the prototype of all objects was changed"}\n');
    else
      Object.defineProperty(this, 'polluted', {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
  },
});
