import type { Context } from './context';
import { listPage, type Page, type PageQuery, type Resource } from './listing';

/**
 * One page of the records under one parent record, such as the messages of a ticket. The caller has found the
 * parent and its right to see it; the parent is part of the address, never a filter that a client sets.
 */
export function listUnder<Row>(
  context: Context,
  resource: Resource,
  parent: { readonly column: string; readonly id: string },
  query: PageQuery,
): Promise<Page<Row>> {
  const ofParent = {
    kind: 'id',
    description: 'The record in the address.',
    column: parent.column,
    sql: (values: string) => `${parent.column} = ANY(${values})`,
  } as const;
  const filters = { ...resource.filters, parent: ofParent };
  return listPage<Row>(context, { ...resource, filters }, query, { parent: parent.id });
}
