import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { currency, email, line, timezone } from '../api/schemas';
import { readEnvironment } from '../config/env';
import { StartError } from '../config/start-error';
import { DomainError } from '../domain/shared/errors';
import { openDatabase } from '../prisma/client';
import { createCompany } from '../services/companies/create-company';

const usage =
  'Usage: create-company --name "Northwind Support" --email admin@northwind.example [--admin-name "Ada Lovelace"] [--timezone Europe/Berlin] [--currency EUR]';

const requestSchema = z.strictObject({
  name: line(200),
  email,
  'admin-name': line(200).default('Administrator'),
  timezone: timezone.default('UTC'),
  currency: currency.default('EUR'),
});

function readRequest(): z.output<typeof requestSchema> {
  const option = { type: 'string' } as const;
  let values: Readonly<Record<string, string | undefined>>;
  try {
    ({ values } = parseArgs({
      options: { name: option, email: option, 'admin-name': option, timezone: option, currency: option },
    }));
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
  const result = requestSchema.safeParse(values);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(({ path, message }) => {
    const option = path.join('.');
    return values[option] === undefined ? `--${option} is missing` : `--${option}: ${message}`;
  });
  throw new StartError(`${wrong.join('; ')}\n${usage}`);
}

/** Makes a company and its first admin in the database of DATABASE_URL, and shows the admin's password once. */
async function main(): Promise<void> {
  const request = readRequest();
  const { DATABASE_URL } = readEnvironment();
  const password = randomBytes(18).toString('base64url');
  const database = openDatabase({
    url: DATABASE_URL,
    poolSize: 2,
    applicationName: 'keepdesk create-company',
  });
  try {
    const company = await createCompany(database, {
      name: request.name,
      timezone: request.timezone,
      currency: request.currency,
      admin: { name: request['admin-name'], email: request.email, password },
    });
    process.stdout.write(
      `Company ${company.name} (${company.id}) was created.\nAdmin     ${request.email}\nPassword  ${password}\nThe password is shown this once; log in with POST /v1/auth/login.\n`,
    );
  } finally {
    await database.close();
  }
}

main().catch((error: unknown) => {
  const known = error instanceof StartError || error instanceof DomainError;
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    known ? `${reason}\n` : `The company could not be created: ${reason.split('\n').at(-1)}\n`,
  );
  process.exitCode = 1;
});
