import { z } from 'zod';
import type { FilterDefinition, PageQuery, Resource } from '../services/listing';
import { date, instant } from './schemas';

const maximumLimit = 200;
const maximumValues = 50;

function filterSchema(filter: FilterDefinition): z.ZodType<string> {
  const description = filter.description;
  switch (filter.kind) {
    case 'boolean':
      return z.enum(['true', 'false']).meta({ description });
    case 'date':
      return date.meta({ description });
    case 'instant':
      return instant.meta({ description });
    case 'integer':
      return z
        .string()
        .regex(/^\d{1,15}(,\d{1,15})*$/, 'must be whole numbers split by commas')
        .meta({ description });
    case 'enum': {
      const word = (filter.values ?? []).join('|');
      return z
        .string()
        .regex(new RegExp(`^(${word})(,(${word}))*$`), `must be of ${word.replaceAll('|', ', ')}`)
        .meta({ description });
    }
    case 'id':
      return z
        .string()
        .regex(
          /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}(,[a-z]{3}_[0-9a-hjkmnp-tv-z]{26})*$/,
          'must be ids split by commas',
        )
        .refine((text) => text.split(',').length <= maximumValues, `at most ${maximumValues} ids`)
        .meta({ description });
    case 'text':
      return z
        .string()
        .min(1)
        .max(254)
        .regex(/^[^\u0000-\u001f\u007f]*$/u, 'must be one line without control characters')
        .meta({ description });
  }
}

/** The query of a list: page size, cursor, and exactly the filters and sorts an index stands behind. */
export function listQuerySchema(resource: Resource): z.ZodObject {
  const sorts = Object.keys(resource.sorts).flatMap((name) => [name, `-${name}`]);
  return z.strictObject({
    limit: z
      .string()
      .regex(/^\d{1,3}$/, 'must be a whole number')
      .refine(
        (text) => Number(text) >= 1 && Number(text) <= maximumLimit,
        `must be from 1 to ${maximumLimit}`,
      )
      .optional()
      .meta({
        description: `How many records a page holds at most, 1 to ${maximumLimit}; 50 when left out. Large ones are fewer.`,
      }),
    cursor: z.string().max(1000).optional().meta({ description: 'The `nextCursor` of the page before.' }),
    sort: z
      .enum(sorts as [string, ...string[]])
      .optional()
      .meta({
        description: `The order, descending with a minus; \`${resource.defaultSort}\` when left out.`,
      }),
    ...Object.fromEntries(
      Object.entries(resource.filters).map(([name, filter]) => [name, filterSchema(filter).optional()]),
    ),
  });
}

/** The parsed query as the listing mechanism takes it. */
export function toPageQuery(query: Readonly<Record<string, string | undefined>>): PageQuery {
  const { limit, cursor, sort, ...filters } = query;
  const given = Object.entries(filters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    limit: limit === undefined ? 50 : Number(limit),
    cursor,
    sort,
    filters: Object.fromEntries(given),
  };
}
