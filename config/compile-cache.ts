import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Imported first by a program that others wait for: what Node.js compiled once, it reads from beside the program at
 * the next start. The program keeps it by `flushCompileCache` once it serves, since one that is killed would not. A
 * folder that cannot be written only leaves it as slow as before.
 */
enableCompileCache(join(__dirname, '..', 'compile-cache'));
