import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Identity } from '../../services/access/authenticate';
import { describeFailure } from './describe-failure';
import { requestIdOf } from './request-context';
import type { RequestSubject } from './request-subject';

/** HTTP figures of this process, served on the metrics port. */
export interface HttpMetrics {
  observe(method: string, status: number, seconds: number): void;
}

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const requests = new Counter({
    name: 'keepdesk_http_requests_total',
    help: 'Requests answered, by method and status.',
    labelNames: ['method', 'status'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'keepdesk_http_request_seconds',
    help: 'Time from the request line to the last byte of the answer.',
    labelNames: ['method'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    observe(method, status, seconds) {
      requests.inc({ method, status: String(status) });
      duration.observe({ method }, seconds);
    },
  };
}

const ofApi = /^\/v1(?:[/?]|$)/i;

/**
 * Gives the request its id, the answer the headers that all have, and writes one line when it is answered: ids, the route's address, status and time.
 * Never a body, a query, a name or an address of a person. Another for each failure that the answer did not end with.
 */
export function requestLog(
  logger: Logger,
  metrics: HttpMetrics,
  everyAnswer: readonly (readonly [string, string])[],
) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    const requestId = requestIdOf(request.get('x-request-id'));
    response.locals.requestId = requestId;
    response.setHeader('X-Request-Id', requestId);
    for (const [name, value] of everyAnswer) response.setHeader(name, value);
    if (ofApi.test(request.url)) response.setHeader('Cache-Control', 'no-store');
    response.on('close', () => {
      const seconds = (performance.now() - startedAt) / 1000;
      metrics.observe(request.method, response.statusCode, seconds);
      const identity = response.locals.identity as Identity | undefined;
      const subject = response.locals.subject as RequestSubject | undefined;
      const failures = (response.locals.failures ?? []) as readonly unknown[];
      for (const error of failures) {
        logger.error({ requestId, error: describeFailure(error) }, 'answered all the same');
      }
      const route = request.route as { path?: string } | undefined;
      logger.info({
        requestId,
        method: request.method,
        route: route?.path ?? null,
        status: response.statusCode,
        milliseconds: Math.round(seconds * 1e5) / 100,
        companyId: identity?.companyId,
        userId: identity?.userId,
        ...subject,
        finished: response.writableFinished,
      });
    });
    next();
  };
}
