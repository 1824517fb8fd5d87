/** The embedded servers, for the supervisor, the set-up and the tests alike. */
export { startPostgres } from './stack/postgres.mjs';
export { startTemporal } from './stack/temporal.mjs';
/** @public */
export { temporalBinary, testServerBinary } from './stack/temporal-binaries.mjs';
