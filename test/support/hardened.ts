/** An answer as the hardening checks need it, however it was fetched. */
export interface AnyAnswer {
  readonly status: number;
  header(name: string): string | null;
  readonly headerNames: readonly string[];
  readonly text: string;
}

const required: Readonly<Record<string, RegExp>> = {
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^(DENY|SAMEORIGIN)$/,
  'content-security-policy': /default-src '(none|self)'/,
  'referrer-policy': /^no-referrer$/,
  'strict-transport-security': /^max-age=\d{7,}/,
  'x-request-id': /^[A-Za-z0-9._-]{8,100}$/,
};

/** What an answer must never carry: technology, permission for other origins, cookies. */
const forbiddenHeaders = /^(x-powered-by|server|access-control-.*|set-cookie|via|x-aspnet.*)$/;

/** Signs of our inside: stack frames, paths of the file system, SQL, names of libraries and of their errors. */
const inside = [
  /\n\s+at \S+/,
  /\bat (?:async )?[\w.<>]+ \(/,
  /node_modules|\.(?:ts|js|mjs|cjs):\d+/,
  /\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b .*\b(?:FROM|SET|VALUES|WHERE)\b/,
  /PrismaClient|ZodError|TypeError|RangeError|SyntaxError|ECONNREFUSED|pg_\w+|errno/,
];

/** What every answer keeps to, refusals most of all (reliability.md §4, API8); empty when all is well. */
export function hardeningProblems(answer: AnyAnswer): string[] {
  const problems: string[] = [];
  for (const [name, pattern] of Object.entries(required)) {
    const value = answer.header(name);
    if (value === null || !pattern.test(value)) problems.push(`${name} is ${value ?? 'missing'}`);
  }
  problems.push(
    ...answer.headerNames
      .filter((name) => forbiddenHeaders.test(name.toLowerCase()))
      .map((name) => `there is a header ${name}`),
  );
  if (/unsafe-(inline|eval)/.test(scriptSources(answer.header('content-security-policy') ?? ''))) {
    problems.push('scripts inside pages are allowed');
  }
  const type = answer.header('content-type') ?? '';
  if (answer.status >= 400) {
    if (!type.startsWith('application/problem+json')) problems.push(`a refusal came as ${type || 'nothing'}`);
    problems.push(
      ...inside.filter((sign) => sign.test(answer.text)).map((sign) => `the refusal shows ${sign.source}`),
    );
  }
  return problems;
}

/** The directive that rules scripts. */
function scriptSources(policy: string): string {
  const directives = policy.split(';').map((directive) => directive.trim());
  return (
    directives.find((directive) => directive.startsWith('script-src ')) ??
    directives.find((directive) => directive.startsWith('default-src ')) ??
    "'unsafe-inline' by default"
  );
}
