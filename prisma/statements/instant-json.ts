/** An instant inside `json_build_object`, written as the driver's own instants are: ISO 8601, UTC, milliseconds. */
export function instantJson(expression: string): string {
  return `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
