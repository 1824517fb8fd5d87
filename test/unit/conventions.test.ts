import { z } from 'zod';
import type { Route } from '../../api/route';
import { routes } from '../../api/routes';

/** The promises of spec.md §12 that a declaration keeps or breaks. What the declarations promise, test/api tries. */

const shapeOf = ({ answers }: Route): Readonly<Record<string, unknown>> =>
  answers.schema instanceof z.ZodObject ? answers.schema.shape : {};
const names = (found: readonly Route[]): string[] => found.map(({ operationId }) => operationId);

/** Lists that are no pages; each with its reason. */
const wholeLists: Readonly<Record<string, string>> = {
  getLimits: 'one entry a limit',
  listStages: 'in the order of the board, a handful',
  readEvents: 'a feed: its order is its meaning',
};

/** Lists that nobody narrows; each with its reason. */
const unfilteredLists: Readonly<Record<string, string>> = {
  listCalendarVersions: 'of one calendar, by their numbers',
  listSlaPolicyVersions: 'of one policy, by their numbers',
  listTeamFollowers: 'of one team, a handful',
  listTeamMembers: 'of one team, a handful',
  listTicketFollowers: 'of one ticket, a handful',
};

it('every list has pages, filters and sorts', () => {
  const bare = routes.filter(
    (route) => route.method === 'get' && 'data' in shapeOf(route) && route.list === undefined,
  );
  expect(names(bare).sort()).toEqual(Object.keys(wholeLists).sort());
  const lists = routes.filter((route) => route.list !== undefined);
  expect(lists.length).toBeGreaterThan(10);
  expect(names(lists.filter(({ list }) => Object.keys(list?.sorts ?? {}).length === 0))).toEqual([]);
  const unfiltered = lists.filter(({ list }) => Object.keys(list?.filters ?? {}).length === 0);
  expect(names(unfiltered).sort()).toEqual(Object.keys(unfilteredLists).sort());
});

it('every change of a record with a version heeds If-Match', () => {
  const versioned = new Set(
    routes.flatMap((route) => ('version' in shapeOf(route) && route.path.endsWith('}') ? [route.path] : [])),
  );
  expect(versioned.size).toBeGreaterThan(10);
  const unguarded = routes.filter(
    ({ method, path, guarded }) =>
      ['put', 'patch', 'delete'].includes(method) && versioned.has(path) && guarded !== true,
  );
  expect(names(unguarded)).toEqual([]);
});
