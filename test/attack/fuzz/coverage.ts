import type { Route } from '../../../api/route';
import { type BadBody, badBodies, bodySchema } from '../../support/bad-bodies';
import { callerRole } from '../../support/callers';
import type { Example } from '../../support/examples';
import type { FuzzSchema } from './arbitraries';
import { brokenTexts, callerNames, methods, operationOfRoute, type Plan, queryParametersOf } from './plan';

/** The route's examples as they stand, sent by who may. */
export function examplePlans(route: Route, example: Example): Plan[] {
  const bodies = example.body === undefined ? [undefined] : [example.body, ...(example.otherBodies ?? [])];
  return bodies.map((body) => ({
    operationId: route.operationId,
    method: route.method.toUpperCase(),
    params: example.params ?? {},
    query: Object.entries(example.query ?? {}),
    headers: Object.entries(example.headers ?? {}),
    body: body === undefined ? undefined : JSON.stringify(body),
    caller: callerRole(route),
    again: true,
  }));
}

/** Every member of every body left out, of another type, out of bounds or beside one that nobody knows, sent by who may. */
export function badMemberPlans(
  route: Route,
  example: Example,
): { readonly plan: Plan; readonly bad: BadBody }[] {
  const schema = bodySchema(operationOfRoute(route));
  if (schema === undefined) return [];
  return examplePlans(route, example).flatMap((plan) =>
    badBodies(schema, JSON.parse(plan.body ?? 'null')).map((bad) => ({
      plan: { ...plan, body: JSON.stringify(bad.body), again: false },
      bad,
    })),
  );
}

/**
 * What the document's own bounds ask for, each once: every caller, every method, every value of every query
 * parameter at and beyond its bounds, bodies that are no object of their kind.
 */
export function coveragePlans(route: Route, example: Example): Plan[] {
  const examples = examplePlans(route, example);
  const [base] = examples;
  if (base === undefined) return [];
  const operation = operationOfRoute(route);
  return [
    ...callerNames.map((caller): Plan => ({ ...base, caller, again: false })),
    ...methods.map((method): Plan => ({ ...base, method, again: false })),
    ...queryParametersOf(operation).flatMap(({ name, schema: of }) =>
      boundaryTexts(of).map((text): Plan => ({ ...base, query: [[name, text]] })),
    ),
    { ...base, query: [['unexpected', 'x']] },
    ...(base.body === undefined ? [] : brokenTexts).map(
      (broken): Plan => ({ ...base, body: broken(base.body ?? ''), again: false }),
    ),
  ];
}

/** Values of a query parameter at its bounds and just beyond them. */
function boundaryTexts({ enum: values = [], minimum, maximum, maxLength }: FuzzSchema): string[] {
  const numbers = [minimum, maximum].flatMap((bound) =>
    bound === undefined ? [] : [bound - 1, bound, bound + 1],
  );
  return [
    ...values.map(String),
    ...numbers.map(String),
    ...(maxLength === undefined ? [] : ['x'.repeat(maxLength), 'x'.repeat(maxLength + 1)]),
    '',
    '0',
    '200',
    '201',
    'null',
    '\u0000',
  ];
}
