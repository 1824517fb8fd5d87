import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import { DomainError } from '../domain/shared/errors';
import type { Command } from '../services/context';
import { nextTurn, turnIsOver } from '../services/turn';
import { overloaded } from './middleware/admission';
import { describeFailure } from './middleware/describe-failure';
import { type HttpMetrics, requestLog } from './middleware/request-log';
import { securityHeaders } from './middleware/security-headers';
import { documentationPages } from './openapi/pages';
import { toProblem } from './problems';
import type { Route } from './route';
import { createRouter } from './router';
import { routes } from './routes';
import type { Services } from './services';

/**
 * The whole HTTP face as one Express application; made anew in tests, once in `api/main.ts`.
 * @param served every route unless a test puts others in their place.
 */
export function createApp(
  services: Services,
  logger: Logger,
  metrics: HttpMetrics,
  served: readonly Route[] = routes,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', services.environment.TRUSTED_PROXIES);
  app.use(requestLog(logger, metrics, securityHeaders()));
  app.use(inTurns(served, services.environment.REQUESTS_AT_ONCE));
  app.use(createRouter(served, services));
  app.use(documentationPages(served));
  app.use((_request: Request, _response: Response) => {
    throw new DomainError('not_found', 'There is nothing at this address; /docs lists what there is.');
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    answerProblem(error, response, logger, next);
  });
  return app;
}

/** Whoever has waited so long for a turn is refused while a crowd waits. */
const longestWaitMs = 500;

/**
 * Many requests that come at once are begun over several turns of the event loop, in the order they came; those for the
 * health at once. Of a crowd, more than are worked on at once, those that have waited too long are refused: what they
 * wait for is each other. A few that wait for a machine that is busy with something else are not.
 */
function inTurns(served: readonly Route[], crowd: number) {
  const atOnce = new Set(served.filter(({ always }) => always === true).map(({ path }) => path));
  let waiting = 0;
  const afterOthers = async (next: NextFunction): Promise<void> => {
    const cameMs = performance.now();
    waiting += 1;
    while (turnIsOver()) await nextTurn();
    const tooLate = waiting > crowd && performance.now() - cameMs > longestWaitMs;
    waiting -= 1;
    next(tooLate ? overloaded() : undefined);
  };
  return (request: Request, _response: Response, next: NextFunction): void => {
    if (atOnce.has(request.path) || !turnIsOver()) next();
    else void afterOthers(next);
  };
}

function answerProblem(error: unknown, response: Response, logger: Logger, next: NextFunction): void {
  const requestId = response.locals.requestId as string;
  const problem = toProblem(asRequestRefusal(error), requestId);
  if (problem.status >= 500)
    logger.error({ requestId, code: problem.code, error: describeFailure(error) }, 'request failed');
  if (response.headersSent) {
    next(error);
    return;
  }
  const command = response.locals.command as Command | null | undefined;
  if (command?.replayed === true) response.setHeader('Idempotency-Replayed', 'true');
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  if (problem.retryAfterSeconds !== undefined)
    response.setHeader('Retry-After', String(problem.retryAfterSeconds));
  response.status(problem.status).setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  response.end(JSON.stringify(problem));
}

/** Express refuses by errors of its own what it cannot decode; to the caller there is just nothing there. */
function asRequestRefusal(error: unknown): unknown {
  if (error instanceof URIError) return new DomainError('not_found', 'There is nothing at this address.');
  const { status, expose } = Object(error) as { readonly status?: unknown; readonly expose?: unknown };
  if (expose !== true || typeof status !== 'number' || status >= 500) return error;
  return new DomainError('malformed_request', 'The request cannot be read; nothing was changed.');
}
