import { createDesk } from './support/desk';
import { closedLoop } from './support/load';
import { type HttpProgram, startHttpProgram } from './support/program';
import { requestBytes } from './support/requests';
import { interleaved, printFigures, printMachine, printRatio } from './support/rounds';
import { option, run } from './support/run';
import { startDatabase } from './support/servers';

/**
 * What every authenticated request passes: an authenticated GET of a record that costs nothing to find, with request
 * id, credential looked up in the database, rate limit, log line, metrics, ETag and security headers, beside bare
 * Express and bare `node:http` with the same answer. The figure is the processor time of the serving process.
 */
const rounds = Number(option('rounds') ?? 5);
const requests = Number(option('requests') ?? 8_000);
const connections = 16;

run(async (cleanup) => {
  printMachine();
  const database = await startDatabase(cleanup);
  const desk = await createDesk(database);
  const start = (program: string) =>
    startHttpProgram(cleanup, program, { DATABASE_URL: database.url, REQUESTS_PER_MINUTE: '1000000' });
  const api = await start('bench/support/api-with-constant-record');
  const express = await start('bench/floors/bare-express');
  const http = await start('bench/floors/bare-http');
  const request = requestBytes('GET', '/v1/measured', { Authorization: `Bearer ${desk.key}` });
  const read = (server: HttpProgram) => () =>
    closedLoop(server, { connections, requests, status: 200, nextRequest: () => request });
  const results = await interleaved(rounds, { api: read(api), express: read(express), http: read(http) });
  console.log(`\nan authenticated GET, ${connections} connections, median of ${rounds} rounds (spread)`);
  printFigures(results);
  printRatio(results, 'cpuMicroseconds', ['api', 'express'], '≤ 1.5');
  printRatio(results, 'cpuMicroseconds', ['api', 'http'], '≤ 2.5');
});
