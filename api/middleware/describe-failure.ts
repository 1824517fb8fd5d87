interface FailureDescription {
  readonly name: string;
  readonly code: unknown;
  readonly causes: readonly string[];
  readonly stack: readonly string[];
}

/**
 * An error's kind, place and causes for the log. A database message may quote a person's data, so messages stay out.
 */
export function describeFailure(error: unknown): FailureDescription {
  if (!(error instanceof Error)) return { name: typeof error, code: undefined, causes: [], stack: [] };
  // The stack begins with the message, whose own lines may look like frames.
  const trace = (error.stack ?? '').replace(error.message, '');
  const frames = trace.split('\n').filter((frame) => /^\s+at /.test(frame));
  return {
    name: error.name,
    code: (error as { code?: unknown }).code,
    causes: causesOf(error),
    stack: frames.slice(0, 8).map((frame) => frame.trim()),
  };
}

const mostCauses = 5;

/** The kinds of what is behind an error, nearest first; Temporal's failures have a type of their own besides, gRPC's a code. */
function causesOf(error: Error): string[] {
  const causes: string[] = [];
  for (let { cause } = error; cause instanceof Error && causes.length < mostCauses; cause = cause.cause) {
    const { type, code } = cause as { readonly type?: unknown; readonly code?: unknown };
    const kind = typeof type === 'string' ? type : typeof code === 'number' ? String(code) : '';
    causes.push(`${cause.name} ${kind}`.trim());
  }
  return causes;
}
