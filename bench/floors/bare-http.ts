import { createServer } from 'node:http';
import { constantRecord } from '../support/constant-record';
import { announce } from './serve';

/** Bare `node:http`: one answer, nothing asked. */
const server = createServer((_request, response) => {
  const text = JSON.stringify(constantRecord);
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
});
announce(server);
