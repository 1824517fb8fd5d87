import { createServer } from 'node:http';
import express, { type Request, type Response } from 'express';
import { constantRecord } from '../support/constant-record';
import { announce } from './serve';

/** Bare Express as it comes: one route, its JSON answer with Express's own ETag, nothing else. */
const app = express();
app.get('/v1/measured', (_request: Request, response: Response) => {
  response.json(constantRecord);
});
announce(createServer(app));
