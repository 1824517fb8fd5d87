import { createHash, randomBytes } from 'node:crypto';
import { type IdKind, idAlphabet, idPrefixes } from '../domain/shared/ids';

let lastTime = 0;
let lastTimeText = '';
let lastRandom = Buffer.alloc(10);

/** 5 bits a letter, from the first byte on; the bytes hold a whole number of letters. */
function encodeBytes(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += idAlphabet[(held >>> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return text;
}

function encode(value: bigint, length: number): string {
  let text = '';
  for (let index = 0; index < length; index++) {
    text = idAlphabet[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return text;
}

/** The random part, one higher than the last within the same millisecond, so that ids of one process sort by creation. */
function nextRandom(time: number): Buffer {
  if (time > lastTime) {
    lastTime = time;
    lastTimeText = encode(BigInt(time), 10);
    lastRandom = randomBytes(10);
    return lastRandom;
  }
  const next = Buffer.from(lastRandom);
  for (let index = 9; index >= 0; index--) {
    const byte = next[index] ?? 0;
    next[index] = (byte + 1) & 255;
    if (byte < 255) break;
  }
  lastRandom = next;
  return next;
}

/** A new id, `tkt_` + 26 characters: 48 bits of milliseconds, then 80 random bits; sorts by creation. */
export function newId(kind: IdKind): string {
  const random = nextRandom(Date.now());
  return `${idPrefixes[kind]}_${lastTimeText}${encodeBytes(random)}`;
}

/** The id that the same parts always give: how a client's idempotency key becomes a command's id. */
export function derivedId(kind: IdKind, ...parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('\u0000')).digest('hex');
  return `${idPrefixes[kind]}_${encode(BigInt(`0x${digest.slice(0, 32)}`), 26)}`;
}
