import type { z } from 'zod';
import { DomainError, type FieldProblem } from '../domain/shared/errors';

/** Where a part of the request stands, as the pointers of its problems begin. */
type Part = 'body' | 'query' | 'path' | 'header';

/** zod's issue codes in words a client can branch on. */
function issueCode(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'unknown_field';
    case 'invalid_type':
      return issue.input === undefined ? 'missing' : 'wrong_type';
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array' ? 'too_long' : 'too_high';
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array' ? 'too_short' : 'too_low';
    case 'invalid_value':
      return issue.input === undefined ? 'missing' : 'unknown_value';
    default:
      return 'bad_value';
  }
}

function escapePointer(segment: PropertyKey): string {
  return String(segment).replaceAll('~', '~0').replaceAll('/', '~1');
}

function pointerOf(part: Part, path: readonly PropertyKey[]): string {
  const tail = path.map((segment) => `/${escapePointer(segment)}`).join('');
  return part === 'body' ? tail : `/${part}${tail}`;
}

/** The problems of the one variant that was meant: of several, that whose own kind of value was sent. */
function variantIssues(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] {
  const meant = issue.errors.find((variant) =>
    variant.every((problem) => problem.path.length > 0 || problem.code === 'unrecognized_keys'),
  );
  return (meant ?? []).map((problem) => ({ ...problem, path: [...issue.path, ...problem.path] }));
}

function fieldProblems(part: Part, issues: readonly z.core.$ZodIssue[]): FieldProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'invalid_union') {
      const meant = variantIssues(issue);
      if (meant.length > 0) return fieldProblems(part, meant);
    }
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        pointer: pointerOf(part, [...issue.path, key]),
        code: 'unknown_field',
        detail: 'There is no such field.',
      }));
    }
    return [{ pointer: pointerOf(part, issue.path), code: issueCode(issue), detail: issue.message }];
  });
}

/**
 * The part of a request in the shape its schema gives.
 * @throws DomainError `validation_failed` with one entry for each bad field.
 */
export function parsePart<Schema extends z.ZodType>(
  part: Part,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new DomainError('validation_failed', 'The request has bad fields; nothing was changed.', {
    fields: fieldProblems(part, result.error.issues).slice(0, 50),
  });
}
