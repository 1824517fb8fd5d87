import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Imported first by a program that others wait for: what Node.js compiled once, it reads from beside the program at
 * the next start, also in the threads that run workflows. The program keeps it by `flushCompileCache` once it serves,
 * since one that is killed would not. A folder that cannot be written only leaves it as slow as before.
 */
const { directory } = enableCompileCache(join(__dirname, '..', 'compile-cache'));
// The way by which a thread finds it, which begins with a copy of the environment.
if (directory !== undefined) process.env['NODE_COMPILE_CACHE'] = join(__dirname, '..', 'compile-cache');
