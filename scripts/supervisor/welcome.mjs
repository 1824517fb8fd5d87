import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { acceptsConnections } from '../stack/ports.mjs';
import { say } from './console.mjs';

const requestLimitMs = 3_000;

export function apiUrlOf({ apiHost, port }) {
  const host = ['0.0.0.0', '::', ''].includes(apiHost) ? '127.0.0.1' : apiHost;
  return `http://${host}:${port}`;
}

/** Where everything is, how to sign in, and three things to try. */
export async function sayWelcome({ settings, databaseAddress, temporal, smtpPort }) {
  const apiUrl = apiUrlOf(settings);
  const credentials = readCredentials(settings.credentialsFile);
  say();
  say(`Keepdesk is ready: ${apiUrl}`);
  say();
  sayTable([
    ['API', `${apiUrl}/v1 (documentation: ${apiUrl}/docs)`],
    ['Temporal UI', temporal.uiUrl ?? '(of your Temporal server)'],
    ['Temporal', temporal.address],
    ['PostgreSQL', databaseAddress],
    ...((await acceptsConnections('127.0.0.1', smtpPort))
      ? [['Incoming mail', `127.0.0.1:${smtpPort} (SMTP)`]]
      : []),
    ['Logs', shorten(settings.logDirectory)],
  ]);
  if (credentials !== undefined) {
    say();
    say(`Demo credentials (${shorten(settings.credentialsFile)}):`);
    sayTable(credentials.users.map(({ role, email, password }) => [role, `${email}  ${password}`]));
    sayTable(credentials.apiKeys.map(({ role, key }) => [`${role} API key`, key]));
  }
  say();
  say('Try:');
  for (const line of await curlLines(apiUrl, credentials)) say(`  ${line}`);
  say();
  say('Ctrl-C stops everything; the data stays.');
}

function sayTable(rows) {
  const width = Math.max(14, ...rows.map(([name]) => name.length + 2));
  for (const [name, value] of rows) say(`  ${name.padEnd(width)}${value}`);
}

function shorten(path) {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

function readCredentials(file) {
  if (!existsSync(file)) return undefined;
  try {
    const { users = [], apiKeys = [] } = JSON.parse(readFileSync(file, 'utf8'));
    return { users, apiKeys };
  } catch {
    return undefined;
  }
}

async function curlLines(apiUrl, credentials) {
  const key = credentials?.apiKeys.find(({ role }) => role === 'admin')?.key ?? credentials?.apiKeys[0]?.key;
  if (key === undefined)
    return [`curl ${apiUrl}/healthz`, `curl ${apiUrl}/readyz`, `curl ${apiUrl}/openapi.json`];
  const authorization = `-H 'Authorization: Bearer ${key}'`;
  const teamId = await firstTeam(apiUrl, key);
  const ticket = JSON.stringify({ teamId: teamId ?? 'TEAM_ID', subject: 'The printer is on fire' });
  return [
    `curl ${authorization} '${apiUrl}/v1/tickets?limit=5'`,
    `curl ${authorization} -H 'Content-Type: application/json' -d '${ticket}' ${apiUrl}/v1/tickets`,
    `curl ${authorization} ${apiUrl}/v1/teams/${teamId ?? 'TEAM_ID'}/board`,
  ];
}

async function firstTeam(apiUrl, key) {
  try {
    const answer = await fetch(`${apiUrl}/v1/teams?limit=1`, {
      headers: { Authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(requestLimitMs),
    });
    return (await answer.json()).data?.[0]?.id;
  } catch {
    return undefined;
  }
}
