import type { Prisma } from '../prisma/client';

/**
 * JSON text as the database stores it: dates become ISO strings, big integers exact numbers. The API refuses what
 * PostgreSQL cannot store in a text; an operator's signal can still carry it, and is recorded with U+FFFD in its place.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, member: unknown) => {
    if (typeof member === 'bigint') return Number(member);
    return typeof member === 'string' ? member.toWellFormed().replaceAll('\u0000', '\ufffd') : member;
  });
}

/** The same as a value, for Prisma. */
export function toJson(value: unknown): Prisma.InputJsonValue {
  return JSON.parse(jsonText(value)) as Prisma.InputJsonValue;
}
