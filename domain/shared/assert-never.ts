/** Makes a `switch` over a union exhaustive: a new member of the union then fails to compile here. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${String(value)}`);
}
