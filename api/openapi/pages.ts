import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Request, type Response, Router } from 'express';
import { DomainError, errorCodes } from '../../domain/shared/errors';
import { problemKinds } from '../problems';
import type { Route } from '../route';
import { routes } from '../routes';
import { openApiDocument } from './document';

/** Found without importing the package, which would compile the whole viewer. */
const viewer = dirname(require.resolve('swagger-ui-dist/package.json'));

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

interface Page {
  readonly type: string;
  /** One copy, also while many clients take it slowly: each that waits would hold a text of its own. */
  readonly content: () => Buffer;
}

/** The only files of the viewer that the page needs; the rest of its package stays inside. */
function asset(name: string, type: string): Page {
  return { type, content: once(() => readFileSync(join(viewer, name))) };
}

/** Makes it when it is first asked for. */
function once<Content>(make: () => Content): () => Content {
  let made: Content | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';

/** Where a build keeps the document, for making it takes a third of a second of the thread. */
export const writtenDocument = join(__dirname, 'openapi.json');

/** Sources that run as they are have no build, and routes of a test's own are in none: they make it when it is asked for. */
function documentText(served: readonly Route[]): () => Buffer {
  if (served === routes && existsSync(writtenDocument)) {
    const written = readFileSync(writtenDocument);
    return () => written;
  }
  return text(() => JSON.stringify(openApiDocument(served)));
}

function text(make: () => string): () => Buffer {
  return once(() => Buffer.from(make()));
}

/** `/openapi.json`, and `/docs`: a readable page that needs no other host and no script inside it. */
export function documentationPages(served: readonly Route[]): Router {
  const pages: Readonly<Record<string, Page>> = {
    '/openapi.json': { type: 'application/json; charset=utf-8', content: documentText(served) },
    '/docs': { type: html, content: text(() => page) },
    '/docs/start.js': { type: script, content: text(() => start) },
    '/docs/problems': { type: html, content: text(problemsPage) },
    '/docs/assets/swagger-ui.css': asset('swagger-ui.css', 'text/css; charset=utf-8'),
    '/docs/assets/swagger-ui-bundle.js': asset('swagger-ui-bundle.js', script),
  };
  const router = Router({ caseSensitive: true, strict: true });
  for (const [path, { type, content }] of Object.entries(pages)) {
    router.get(path, (_request: Request, response: Response) => {
      response.setHeader('Content-Type', type);
      response.end(content());
    });
    router.all(path, (_request: Request, response: Response) => {
      response.setHeader('Allow', 'GET');
      throw new DomainError('method_not_allowed', 'This address supports GET.');
    });
  }
  return router;
}
