import { z } from 'zod';
import { StartError } from './start-error';

/** A text of one form; a missing one is told the form as well. */
function textOf(form: string, fits: (text: string) => boolean) {
  return z.string({ error: form }).refine(fits, form);
}

const databaseUrl = textOf(
  'must be a PostgreSQL address such as postgresql://user:password@host:5432/keepdesk',
  (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text),
);
const temporalAddress = textOf('must be host and port of Temporal, such as 127.0.0.1:7233', (text) =>
  /^(\[[\da-f:.]+\]|[^\s/:[\]]+)(:\d{1,5})?$/i.test(text),
);
const webAddress = textOf(
  'must be a web address such as https://help.example.com',
  (text) => /^https?:\/\//.test(text) && URL.canParse(text),
);
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** A whole number between two bounds, as a sentence when it is not. */
function wholeNumber(minimum: number, maximum: number) {
  const wrong = `must be a whole number from ${minimum} to ${maximum}`;
  return z.coerce.number({ error: wrong }).int(wrong).min(minimum, wrong).max(maximum, wrong);
}

const port = wholeNumber(0, 65_535);

const environmentSchema = z.object({
  NODE_ENV: z.string().default('production'),
  DATABASE_URL: databaseUrl,
  DATABASE_POOL_SIZE: wholeNumber(2, 200).default(10),
  TEMPORAL_ADDRESS: temporalAddress.default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  TEMPORAL_UI_URL: webAddress.default('http://127.0.0.1:8233'),
  TEMPORAL_TASK_QUEUE: z.string().min(1).default('keepdesk'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(3000),
  METRICS_PORT: port.default(0),
  PUBLIC_URL: webAddress.optional(),
  TRUSTED_PROXIES: wholeNumber(0, 10).default(0),
  DATA_DIR: z.string().min(1).default('.data'),
  LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }).default('info'),
  REQUESTS_PER_MINUTE: wholeNumber(1, 1_000_000).default(6000),
  REQUESTS_AT_ONCE: wholeNumber(1, 100_000).default(200),
  LOGINS_PER_QUARTER_HOUR: wholeNumber(1, 1_000_000).default(10),
  DECISION_DEADLINE_MS: wholeNumber(500, 60_000).default(7000),
  SESSION_HOURS: wholeNumber(1, 720).default(12),
  RELAY_POLL_MS: wholeNumber(1, 1_000).default(20),
  RECONCILE_EVERY_SECONDS: wholeNumber(5, 1_000_000).default(60),
  DRAIN_SECONDS: wholeNumber(0, 300).default(10),
  SHUTDOWN_SECONDS: wholeNumber(1, 600).default(15),
});

export type Environment = Readonly<z.infer<typeof environmentSchema>>;

/**
 * Reads the process environment once; the only reader of `process.env` in the product.
 * @throws StartError whose message names each bad variable and what it must be.
 */
export function readEnvironment(
  source: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  const present = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = environmentSchema.safeParse(present);
  if (result.success) return Object.freeze(result.data);
  const sentences = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new StartError(`The environment is not usable. ${sentences.join('; ')}.`);
}
