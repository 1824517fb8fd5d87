/** Closed value sets of tickets and stages, shared by database, API and workflow (spec.md §4, §7). */
export const priorities = ['low', 'medium', 'high', 'urgent'] as const;
export type Priority = (typeof priorities)[number];

export const stageCategories = ['open', 'paused', 'closed'] as const;
export type StageCategory = (typeof stageCategories)[number];

export const slaStates = ['none', 'on_track', 'at_risk', 'breached', 'paused', 'reached'] as const;
export type SlaState = (typeof slaStates)[number];

export const visibilities = ['private', 'internal', 'portal'] as const;
export type Visibility = (typeof visibilities)[number];

/** Priorities are stored as their rank, so that the database sorts them. */
export function priorityRank(priority: Priority): number {
  return priorities.indexOf(priority);
}

/** The stored rank in the API's words. @throws RangeError for what is none */
export function priorityOfRank(rank: number): Priority {
  const priority = priorities[rank];
  if (priority === undefined) throw new RangeError(`${rank} is no rank of a priority`);
  return priority;
}
