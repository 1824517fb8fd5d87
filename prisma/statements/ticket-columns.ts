import { priorities, priorityRank } from '../../domain/ticket/values';

/** `#00042`; a number of more digits is shown whole. `ticket` is the table's name in the query. */
export function referenceSql(ticket: string): string {
  return `'#' || lpad(${ticket}.number::text, greatest(5, length(${ticket}.number::text)), '0')`;
}

/** The stored rank in the API's words. */
export function prioritySql(column: string): string {
  const cases = priorities.map((priority) => `WHEN ${priorityRank(priority)} THEN '${priority}'`);
  return `CASE ${column} ${cases.join(' ')} END`;
}
