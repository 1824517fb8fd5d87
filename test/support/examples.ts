import type { Route } from '../../api/route';
import { routes } from '../../api/routes';
import { accessExamples, companyExamples, employeeExamples, userExamples } from './examples/access';
import { calendarExamples } from './examples/calendars';
import { contactExamples } from './examples/contacts';
import { conversationExamples } from './examples/conversation';
import { healthExamples } from './examples/health';
import { projectExamples } from './examples/projects';
import { invoicingExamples, salesExamples } from './examples/sales';
import { slaPolicyExamples, teamExamples } from './examples/teams';
import { ticketExamples } from './examples/tickets';
import { timesheetExamples } from './examples/timesheets';
import type { Everything } from './factories';

/** One valid request of an operation: it must succeed when the first listed role sends it. */
export interface Example {
  /** Values of the path's `{names}`. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** With every member the operation knows, also the optional ones, so that the matrices reach each of them. */
  readonly body?: unknown;
  /** Further bodies, where members exclude each other, so that together they hold every member. Their texts must be accepted. */
  readonly otherBodies?: readonly unknown[];
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Makes the request for a company that has one record of each kind. It is called anew for each request, so a
 * record that the call uses up (a draft to delete, an order to confirm) is made inside with a factory.
 */
export type ExampleBuilder = (company: Everything) => Example | Promise<Example>;

/** Examples of one resource by operationId. */
export type Examples = Readonly<Record<string, ExampleBuilder>>;

/**
 * One example an operation, shared by all matrices of test/api. To add a route: put its example into
 * `test/support/examples/<resource>.ts` under its operationId and name the file here. A mutating route without
 * one fails `test/api/events.test.ts`, any other `test/api/access-matrix.test.ts`.
 */
export const examples: Examples = {
  ...healthExamples,
  ...accessExamples,
  ...companyExamples,
  ...userExamples,
  ...employeeExamples,
  ...calendarExamples,
  ...contactExamples,
  ...teamExamples,
  ...slaPolicyExamples,
  ...ticketExamples,
  ...conversationExamples,
  ...projectExamples,
  ...timesheetExamples,
  ...salesExamples,
  ...invoicingExamples,
};

/**
 * The example of a route.
 * @throws Error that says what to add, when there is none.
 */
export async function exampleOf(route: Route, company: Everything): Promise<Example> {
  const builder = examples[route.operationId];
  if (builder === undefined) {
    throw new Error(
      `${route.operationId} has no example: add one to test/support/examples/ so that the matrices cover it.`,
    );
  }
  return builder(company);
}

/** The address of a request, its path filled in. */
export function addressOf(route: Route, example: Example): string {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    const value = example.params?.[name];
    if (value === undefined)
      throw new Error(`the example of ${route.operationId} lacks the parameter ${name}`);
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams(example.query).toString();
  return query === '' ? path : `${path}?${query}`;
}

/** Operations that change nothing although their method could; each with its reason. */
export const withoutEffect: Readonly<Record<string, string>> = {
  computeWorkingTime: 'a computation whose arguments do not fit a query',
};

/** The routes the matrices can call; one test names those that are missing here. */
export const routesWithExample: readonly Route[] = routes.filter(
  (route) => examples[route.operationId] !== undefined,
);

/** Names of examples that no route goes with any more. */
export function strayExamples(): string[] {
  const names = new Set(routes.map((route) => route.operationId));
  return Object.keys(examples).filter((name) => !names.has(name));
}
