import { z } from 'zod';
import { DomainError } from '../../../domain/shared/errors';
import { defineRoute } from '../../route';
import type { Readiness } from '../../services';

const tag = 'Health';
const headers = { 'Cache-Control': 'no-store' };

const readiness = z
  .strictObject({
    ready: z.boolean(),
    parts: z.array(z.strictObject({ name: z.string(), ready: z.boolean(), detail: z.string() })),
  })
  .meta({ id: 'Readiness', description: 'Whether this process takes requests, and how its parts are.' });

export const healthRoutes = [
  defineRoute({
    operationId: 'getHealth',
    method: 'get',
    path: '/healthz',
    tag,
    summary: 'Ask whether the process lives',
    description: 'Asks nothing but the process itself: a failure means that it should be started anew.',
    access: 'public',
    always: true,
    answers: {
      status: 200,
      schema: z.strictObject({ status: z.literal('ok') }),
      description: 'The process lives.',
    },
    handle: async () => ({ headers, body: { status: 'ok' } }),
  }),
  defineRoute({
    operationId: 'getReadiness',
    method: 'get',
    path: '/readyz',
    tag,
    summary: 'Ask whether the process takes requests',
    description:
      'Ready means that facts are taken and records are read: without Temporal that goes on, its part says so, and decisions wait (spec.md §2). 503 carries the parts in `state`.',
    access: 'public',
    always: true,
    answers: { status: 200, schema: readiness, description: 'Ready; a part may still be in trouble.' },
    refusals: ['not_ready'],
    handle: async ({ services }) => ({ headers, body: requireReady(await services.readiness()) }),
  }),
];

function requireReady(found: Readiness): Readiness {
  if (found.ready) return found;
  const troubles = found.parts.filter((part) => !part.ready).map((part) => part.detail);
  throw new DomainError('not_ready', troubles.join(' '), {
    state: { parts: found.parts },
    retryAfterSeconds: 1,
  });
}
