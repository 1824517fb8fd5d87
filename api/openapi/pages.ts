import express, { type Response, Router } from 'express';
import { getAbsoluteFSPath } from 'swagger-ui-dist';
import { errorCodes } from '../../domain/shared/errors';
import { problemKinds } from '../problems';
import type { Route } from '../route';
import { openApiDocument } from './document';

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Keepdesk API</title><link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;

const start = `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', validatorUrl: null, deepLinking: true });
`;

function problemsPage(): string {
  const rows = errorCodes.map((code) => {
    const kind = problemKinds[code];
    return `<tr id="${code}"><td><code>${code}</code></td><td>${kind.status}</td><td>${kind.title}</td><td>${kind.retryable ? 'yes' : 'no'}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Keepdesk problems</title></head>
<body><h1>Problems</h1><table><thead><tr><th>code</th><th>status</th><th>meaning</th><th>may succeed unchanged later</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></body></html>
`;
}

/** `/openapi.json`, and `/docs`: a readable page that needs no other host. */
export function documentationPages(routes: readonly Route[]): Router {
  const document = JSON.stringify(openApiDocument(routes));
  const assets = getAbsoluteFSPath();
  const router = Router();
  const send = (type: string, content: string | Buffer) => (_request: unknown, response: Response) => {
    response.setHeader('Content-Type', type);
    response.end(content);
  };
  router.get('/openapi.json', send('application/json; charset=utf-8', document));
  router.get('/docs', send('text/html; charset=utf-8', page));
  router.get('/docs/start.js', send('text/javascript; charset=utf-8', start));
  router.get('/docs/problems', send('text/html; charset=utf-8', problemsPage()));
  router.use('/docs/assets', express.static(assets, { index: false, redirect: false }));
  return router;
}
