import type { Prisma } from '../prisma/client';

/** JSON text as the database stores it: dates become ISO strings, big integers exact numbers. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, member: unknown) =>
    typeof member === 'bigint' ? Number(member) : member,
  );
}

/** The same as a value, for Prisma. */
export function toJson(value: unknown): Prisma.InputJsonValue {
  return JSON.parse(jsonText(value)) as Prisma.InputJsonValue;
}
