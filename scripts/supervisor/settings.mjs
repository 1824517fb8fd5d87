import { join } from 'node:path';
import { Failure } from '../stack/failure.mjs';
import { dataDirectory, repositoryRoot } from '../stack/paths.mjs';
import { acceptsConnections, freePort, isPortFree, portFromEnvironment } from '../stack/ports.mjs';

const defaultPostgresPort = 5432;
const defaultSmtpPort = 2525;

/** Reads what this start was asked for, and refuses what cannot work before anything is started. */
export function readSettings() {
  const port = portFromEnvironment('PORT', 3000);
  const uiPort = portFromEnvironment('TEMPORAL_UI_PORT', 8233);
  if (port === uiPort) throw new Failure(`PORT and TEMPORAL_UI_PORT are both ${port}: they must differ.`);
  const dataDir = dataDirectory();
  return {
    port,
    uiPort,
    smtpPort: portFromEnvironment('SMTP_PORT', undefined),
    dataDir,
    logDirectory: join(dataDir, 'logs'),
    runDirectory: join(dataDir, 'run'),
    credentialsFile: join(dataDir, 'demo-credentials.json'),
    databaseUrl: databaseUrlFromEnvironment(),
    temporalAddress: temporalAddressFromEnvironment(),
    temporalUiUrl: process.env.TEMPORAL_UI_URL || undefined,
    withDemo: switchFromEnvironment('KEEPDESK_DEMO', true),
    apiHost: process.env.HOST || '127.0.0.1',
  };
}

function databaseUrlFromEnvironment() {
  const text = process.env.DATABASE_URL;
  if (!text) return undefined;
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
    throw new Failure('DATABASE_URL must look like postgresql://user:password@host:5432/database.');
  }
  return text;
}

function temporalAddressFromEnvironment() {
  const text = process.env.TEMPORAL_ADDRESS;
  if (!text) return undefined;
  if (!/^[^\s/]+:\d{1,5}$/.test(text)) {
    throw new Failure(`TEMPORAL_ADDRESS must look like host:7233, but it is "${text}".`);
  }
  return text;
}

function switchFromEnvironment(name, fallback) {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  if (text !== '0' && text !== '1') throw new Failure(`${name} must be 0 or 1, but it is "${text}".`);
  return text === '1';
}

export async function refuseTakenPorts({ port, uiPort, smtpPort, temporalAddress }) {
  const wanted = [['PORT', port]];
  if (temporalAddress === undefined) wanted.push(['TEMPORAL_UI_PORT', uiPort]);
  if (smtpPort !== undefined) wanted.push(['SMTP_PORT', smtpPort]);
  for (const [name, number] of wanted) {
    if (await isPortFree(number)) continue;
    throw new Failure(`Port ${number} is in use: stop what uses it, or set ${name} to a free port.`);
  }
}

/** Nobody asked for the usual port, so a second stack quietly takes another one. */
export async function chooseSmtpPort({ smtpPort }) {
  if (smtpPort !== undefined) return smtpPort;
  return (await isPortFree(defaultSmtpPort)) ? defaultSmtpPort : freePort();
}

export async function refuseUnreachableServers({ databaseUrl, temporalAddress }) {
  if (databaseUrl !== undefined) {
    const { hostname, port } = new URL(databaseUrl);
    const address = [hostname.replace(/^\[|\]$/g, '') || '127.0.0.1', Number(port || defaultPostgresPort)];
    if (!(await acceptsConnections(...address, 5000))) {
      throw new Failure(
        `PostgreSQL does not answer at ${address.join(':')}: start it, correct DATABASE_URL, or unset it to use the embedded one.`,
      );
    }
  }
  if (temporalAddress !== undefined) {
    const separator = temporalAddress.lastIndexOf(':');
    const address = [temporalAddress.slice(0, separator), Number(temporalAddress.slice(separator + 1))];
    if (!(await acceptsConnections(...address, 5000))) {
      throw new Failure(
        `Temporal does not answer at ${temporalAddress}: start it, correct TEMPORAL_ADDRESS, or unset it to use the embedded one.`,
      );
    }
  }
}

export function compiledProgram(path) {
  return join(repositoryRoot, 'dist', path);
}
