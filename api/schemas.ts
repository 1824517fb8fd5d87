import { z } from 'zod';
import { type IdKind, idPattern } from '../domain/shared/ids';

/** Building blocks of request and answer schemas, so that the same thing has the same bounds everywhere. */

/** Text without control characters other than tab and line breaks: PostgreSQL stores no NUL and no half of a surrogate pair, and nobody means the others. */
const cleanText = /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ud800-\udfff]*$/u;
const cleanLine = /^[^\u0000-\u001f\u007f\ud800-\udfff]*$/u;

export function id(kind: IdKind) {
  return z
    .string()
    .regex(idPattern(kind))
    .meta({ description: `The id of a ${kind} record.` });
}

/** One line: trimmed, not empty. */
export function line(maximum: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(maximum)
    .regex(cleanLine, 'must be one line without control characters');
}

/** Several lines; kept as written. */
export function text(maximum: number) {
  return z.string().max(maximum).regex(cleanText, 'must not hold control characters');
}

export const email = z.string().trim().toLowerCase().max(254).pipe(z.email());
/** ISO 4217, upper case. */
export const currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR');
const noTimezone = 'must be an IANA time zone such as Europe/Berlin, or UTC';
/**
 * `UTC` or an IANA time zone of a region, which Node.js and PostgreSQL understand alike. Not a bare offset, which has no
 * summer time, and no short name: `IST` is India to the one and Israel to the other.
 */
export const timezone = z
  .string()
  .max(64)
  .regex(/^(?:UTC|[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)+)$/, { error: noTimezone, abort: true })
  .refine(isKnownTimezone, noTimezone);
/** PostgreSQL has no year 0, and answers are written with four digits; an offset can lead beyond either. */
function isInCommonEra(written: string): boolean {
  const year = new Date(written).getUTCFullYear();
  return year >= 1 && year <= 9999;
}

export const instant = z.iso
  .datetime({ offset: true })
  .refine(isInCommonEra, 'must be in the years 1 to 9999 of UTC')
  .meta({ description: 'An instant, ISO 8601 with an offset or Z.' });
export const answeredInstant = z.iso.datetime().meta({ description: 'An instant, ISO 8601 in UTC (Z).' });
/** A calendar date. Year 0, which ISO 8601 has and PostgreSQL has not, is refused. */
export const date = z.iso.date().refine((written) => !written.startsWith('0000'), 'must not be in year 0');
/** Integer minor units of the currency named beside it; bounded so that sums stay exact. */
export const amountMinor = z.int().min(0).max(1_000_000_000_000);
export const version = z.int().min(1).max(2_147_483_647);

/** Names of ICU that are in no release of the IANA data any more, so that PostgreSQL has them not or not everywhere. */
const namesOfIcuOnly = /^(?:SystemV\/|US\/Pacific-New$|Etc\/Unknown$)/i;

function isKnownTimezone(name: string): boolean {
  if (namesOfIcuOnly.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Members that every versioned record answers with. */
export const recordMembers = { version, createdAt: answeredInstant, updatedAt: answeredInstant };

/** The page of a list (`api.md`). */
export function pageOf(item: z.ZodType) {
  return z.strictObject({ data: z.array(item), nextCursor: z.string().nullable() });
}

/** A list whose whole content fits one answer. */
export function allOf(item: z.ZodType) {
  return z.strictObject({ data: z.array(item), nextCursor: z.null() });
}

export const actor = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('user'), userId: id('user') }),
    z.strictObject({ type: z.literal('contact'), contactId: id('contact') }),
    z.strictObject({ type: z.literal('operator') }),
    z.strictObject({
      type: z.literal('system'),
      process: z.enum(['workflow', 'reconcile', 'seed', 'setup']),
    }),
  ])
  .meta({ id: 'Actor' });
