import { DomainError } from '../domain/shared/errors';

/** PostgreSQL's own error, wherever `pg` or Prisma's adapter hid it (SQLSTATE, Appendix A of its manual). */
interface DatabaseFailure {
  readonly sqlState: string | undefined;
  readonly constraint: string | undefined;
  /** Of Prisma's adapter: that there was nobody to talk to, or nobody any more. */
  readonly connectionLost: boolean;
}

interface ErrorShape {
  readonly code?: unknown;
  readonly constraint?: unknown;
  readonly originalCode?: unknown;
  readonly cause?: unknown;
  readonly kind?: unknown;
  readonly meta?: { readonly driverAdapterError?: unknown; readonly code?: unknown };
  readonly message?: unknown;
}

/** Kinds of `@prisma/adapter-pg`; a raw statement gives them without a code or words of its own. */
const lostConnections: readonly unknown[] = ['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout'];

const sqlStatePattern = /^[0-9A-Z]{5}$/;

function readFailure(error: unknown): DatabaseFailure {
  let sqlState: string | undefined;
  let constraint: string | undefined;
  let connectionLost = false;
  const seen = new Set<unknown>();
  const queue: unknown[] = [error];
  while (queue.length > 0) {
    const current = queue.shift();
    if (typeof current !== 'object' || current === null || seen.has(current)) continue;
    seen.add(current);
    const shape = current as ErrorShape;
    for (const code of [shape.originalCode, shape.code, shape.meta?.code]) {
      if (typeof code === 'string' && sqlStatePattern.test(code) && !/^P\d{4}$/.test(code)) sqlState ??= code;
    }
    if (lostConnections.includes(shape.kind)) connectionLost = true;
    if (shape.code === 'P2002') sqlState ??= '23505';
    if (shape.code === 'P2003') sqlState ??= '23503';
    if (shape.code === 'P2034') sqlState ??= '40001';
    if (typeof shape.constraint === 'string') constraint ??= shape.constraint;
    if (typeof shape.constraint === 'object' && shape.constraint !== null) {
      const named = shape.constraint as { index?: unknown; fields?: unknown };
      if (typeof named.index === 'string') constraint ??= named.index;
      if (Array.isArray(named.fields)) constraint ??= named.fields.join(',');
    }
    if (typeof shape.message === 'string') {
      constraint ??= /constraint "([^"]+)"/.exec(shape.message)?.[1];
    }
    queue.push(shape.cause, shape.meta?.driverAdapterError);
  }
  return { sqlState, constraint, connectionLost };
}

/** Whether the same transaction may succeed when run again: a serialization failure or a deadlock. */
export function isRetryable(error: unknown): boolean {
  const { sqlState } = readFailure(error);
  return sqlState === '40001' || sqlState === '40P01';
}

/** Whether the database itself cannot be reached or takes no more work just now. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const { sqlState, connectionLost } = readFailure(error);
  if (connectionLost) return true;
  // Besides lost connections (08, 57P) and want of resources (53): a statement or a lock that took too long.
  if (sqlState !== undefined) return /^(08|53|57P|57014|55P03)/.test(sqlState);
  const { code, message } = Object(error) as ErrorShape;
  const text = [code, message].filter((part) => typeof part === 'string').join(' ');
  return /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|timeout exceeded when trying to connect|timeout expired|Query read timeout|Connection terminated|is not queryable|P1001|P1017|P2024|P2028|Can't reach database/.test(
    text,
  );
}

/** Whether a value could not be read as what the query compares it with (SQLSTATE class 22, data exception). */
export function isUnreadableValue(error: unknown): boolean {
  return readFailure(error).sqlState?.startsWith('22') === true;
}

export interface BrokenConstraint {
  readonly kind: 'unique' | 'reference';
  readonly name: string;
}

/** The unique or foreign key an insert or update ran into, if that is what happened. */
export function constraintOf(error: unknown): BrokenConstraint | undefined {
  const { sqlState, constraint } = readFailure(error);
  if (sqlState === '23505') return { kind: 'unique', name: constraint ?? '' };
  if (sqlState === '23503' || sqlState === '23001') return { kind: 'reference', name: constraint ?? '' };
  return undefined;
}

/** The refusal for a constraint that no verb answered with better words of its own. */
export function refusalOfConstraint(constraint: BrokenConstraint): DomainError | undefined {
  if (constraint.kind === 'unique') {
    return new DomainError(
      'already_exists',
      'There is already a record with these values; nothing was changed.',
    );
  }
  return new DomainError(
    'still_referenced',
    'Another record still refers to this one, or this one refers to a record that is gone; nothing was changed.',
  );
}
