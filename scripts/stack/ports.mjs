import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { writeFileAtomically } from './paths.mjs';

/** Reads a port from the environment; a mistyped one is refused before anything is started. */
export function portFromEnvironment(name, fallback) {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new Failure(`${name} must be a whole number from 1 to 65535, but it is "${text}".`);
  }
  return port;
}

function tryToListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host, exclusive: true }, () => {
      const chosen = server.address().port;
      server.close(() => resolve(chosen));
    });
  });
}

/** Binding every address also notices a listener on 127.0.0.1 alone. */
export async function isPortFree(port) {
  return (await tryToListen(port, '0.0.0.0')) !== undefined;
}

export async function freePort() {
  const port = await tryToListen(0, '127.0.0.1');
  if (port === undefined) throw new Failure('No free port was found on 127.0.0.1.');
  return port;
}

/**
 * The port an embedded server had last time, as long as nobody else has taken it meanwhile.
 * Tools that were pointed at the server keep working over restarts.
 */
export async function rememberedPort(dataDir, name) {
  const file = join(dataDir, 'run', `${name}.port`);
  const remembered = readRememberedPort(file);
  if (remembered !== undefined && (await isPortFree(remembered))) return remembered;
  const port = await freePort();
  writeFileAtomically(file, `${port}\n`);
  return port;
}

function readRememberedPort(file) {
  try {
    const port = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
  } catch {
    return undefined;
  }
}

export function acceptsConnections(host, port, limitMs = 1000) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(limitMs, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
