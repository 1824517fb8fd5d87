import { argon2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { inTurn } from './hashing-turns';

/** OWASP's settings for argon2id: 19 MiB, two passes. */
const argon2Settings = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
/** OWASP's settings for scrypt, where the Node.js that runs has no argon2 (before 24.7). */
const scryptSettings = { logCost: 15, blockSize: 8, parallelism: 3, keyLength: 32 };
const scryptMemory = 64 * 1024 * 1024;
const saltBytes = 16;

/** The password as a PHC string, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`; slow on purpose. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  if (typeof argon2 === 'function') {
    const { memory, passes, parallelism, tagLength } = argon2Settings;
    return written(salt, await argon2id(password, { salt, memory, passes, parallelism, tagLength }));
  }
  const { logCost, blockSize, parallelism, keyLength } = scryptSettings;
  return written(salt, await stretched(password, { salt, logCost, blockSize, parallelism, keyLength }));
}

function written(salt: Buffer, hash: Buffer): string {
  const tail = `${base64(salt)}$${base64(hash)}`;
  if (typeof argon2 === 'function') {
    const { memory, passes, parallelism } = argon2Settings;
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${tail}`;
  }
  const { logCost, blockSize, parallelism } = scryptSettings;
  return `$scrypt$ln=${logCost},r=${blockSize},p=${parallelism}$${tail}`;
}

/**
 * Whether it is the password behind a stored hash. Without a stored one the answer is no, after the same work
 * as ever: how long it takes does not tell whether an account exists.
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [expected, actual] = await rehash(password, stored ?? nobodysHash());
  const same = expected.length === actual.length && timingSafeEqual(expected, actual);
  return same && stored !== undefined;
}

/** Of no password at all, in the form and at the cost of a new one; made without the work of making one. */
function nobodysHash(): string {
  return written(randomBytes(saltBytes), randomBytes(argon2Settings.tagLength));
}

const argon2Pattern = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/;
const scryptPattern = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/;

/** The stored hash, and what the password gives with the stored one's salt and settings. */
async function rehash(password: string, stored: string): Promise<readonly [Buffer, Buffer]> {
  const method = stored.startsWith('$argon2id$') ? argon2Pattern : scryptPattern;
  const parts = method.exec(stored);
  if (parts === null) throw new Error('a stored password hash has an unknown form');
  const [first, second, parallelism] = parts.slice(1, 4).map(Number) as [number, number, number];
  const salt = Buffer.from(parts[4] as string, 'base64');
  const expected = Buffer.from(parts[5] as string, 'base64');
  const actual =
    method === argon2Pattern
      ? await argon2id(password, {
          salt,
          memory: first,
          passes: second,
          parallelism,
          tagLength: expected.length,
        })
      : await stretched(password, {
          salt,
          logCost: first,
          blockSize: second,
          parallelism,
          keyLength: expected.length,
        });
  return [expected, actual];
}

function argon2id(
  password: string,
  settings: { salt: Buffer; memory: number; passes: number; parallelism: number; tagLength: number },
): Promise<Buffer> {
  const { salt, ...costs } = settings;
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        argon2('argon2id', { message: spelled(password), nonce: salt, ...costs }, (error, hash) =>
          error === null ? resolve(hash) : reject(error),
        );
      }),
  );
}

function stretched(
  password: string,
  settings: { salt: Buffer; logCost: number; blockSize: number; parallelism: number; keyLength: number },
): Promise<Buffer> {
  const { salt, logCost, blockSize, parallelism, keyLength } = settings;
  const options = { N: 2 ** logCost, r: blockSize, p: parallelism, maxmem: scryptMemory };
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        scrypt(spelled(password), salt, keyLength, options, (error, hash) =>
          error === null ? resolve(hash) : reject(error),
        );
      }),
  );
}

/** One spelling of what looks the same, whatever keyboard it was typed on (NIST SP 800-63B §3.1.1.2). */
function spelled(password: string): string {
  return password.normalize('NFKC');
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
