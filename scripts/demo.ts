import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Plays the main job once over HTTP against the demo company and tells it as a short story with its addresses.
 * It uses nothing but the API, as a customer's system would, and may be played any number of times.
 */

interface Credentials {
  readonly apiUrl: string;
  readonly apiKeys: readonly { readonly role: string; readonly key: string }[];
}

type Answer = Record<string, unknown>;

const patienceMs = 20_000;

class StoryError extends Error {}

function readCredentials(): Credentials {
  const file = join(process.env.DATA_DIR ?? '.data', 'demo-credentials.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Credentials;
  } catch {
    throw new StoryError(`There is no demo company yet: run npm start first (looked for ${file}).`);
  }
}

/** One caller of the API; an answer that is not a success ends the story with the API's own words. */
function caller(credentials: Credentials, role: string) {
  const key = credentials.apiKeys.find((each) => each.role === role)?.key ?? '';
  return async (
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    let response: Response;
    try {
      response = await fetch(`${credentials.apiUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(patienceMs * 2),
      });
    } catch {
      throw new StoryError(`Keepdesk does not answer at ${credentials.apiUrl}: run npm start first.`);
    }
    const answer = (await response.json()) as Answer;
    if (!response.ok)
      throw new StoryError(`${method} ${path} answered ${response.status}: ${String(answer.detail)}`);
    return answer;
  };
}

async function until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (Date.now() > giveUpAt)
      throw new StoryError(`${what} did not happen within ${patienceMs / 1000} seconds.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const money = (amountMinor: unknown, currency: unknown): string =>
  `${(Number(amountMinor) / 100).toFixed(2)} ${text(currency)}`;
const rows = (answer: Answer): Answer[] => answer.data as Answer[];

async function play(say: (line: string) => void): Promise<void> {
  const credentials = readCredentials();
  const agent = caller(credentials, 'agent');
  const finance = caller(credentials, 'finance');
  const stamp = Date.now();

  const team = rows(await agent('GET', '/v1/teams?limit=1&sort=createdAt'))[0];
  const product = rows(
    await finance('GET', '/v1/products?invoicing=time_and_materials&sort=createdAt&limit=1'),
  )[0];
  const contact = rows(await agent('GET', '/v1/contacts?email=mara@harbour-books.example'))[0];
  if (team === undefined || product === undefined || contact === undefined) {
    throw new StoryError('The demo company is not complete; start with an empty DATA_DIR.');
  }
  const order = await finance('POST', '/v1/sale-orders', {
    contactId: contact.organisationId,
    currency: product.currency,
    lines: [{ productId: product.id }],
  });
  await finance('POST', `/v1/sale-orders/${text(order.id)}/confirm`, {});
  const line = (order.lines as Answer[])[0] ?? {};
  say(`Finance sold support by the hour: order ${credentials.apiUrl}/v1/sale-orders/${text(order.id)}`);

  const ticket = await agent('POST', '/v1/tickets', {
    teamId: team.id,
    subject: 'The delivery list is empty since this morning',
    contactId: contact.id,
    priority: 'high',
    saleOrderLineId: line.id,
  });
  const ticketPath = `/v1/tickets/${text(ticket.id)}`;
  say(`A customer’s ticket arrived: ${text(ticket.reference)}  ${credentials.apiUrl}${ticketPath}`);

  const workflow = await until('The workflow’s start', async () => {
    const seen = await agent('GET', `${ticketPath}/workflow`);
    return seen.status === 'running' && seen.waitingFor !== null ? seen : undefined;
  });
  say(`Its workflow runs in Temporal: ${text(workflow.uiUrl)}`);
  say(`  It waits for ${text(workflow.waitingFor)}.`);

  const sla = await agent('GET', `${ticketPath}/sla`);
  const clock = (sla.clocks as Answer[]).reduce((first, each) =>
    text(each.deadline) < text(first.deadline) ? each : first,
  );
  const explanation = await agent('GET', `${ticketPath}/sla/${text(clock.id)}/explanation`);
  say(`The first promise, “${text(clock.policyName)}”, is due ${text(clock.deadline)}.`);
  say(`  ${text(explanation.sentence)}`);
  for (const segment of explanation.segments as Answer[]) {
    const name = segment.name === null ? '' : ` (${text(segment.name)})`;
    const sign = segment.counted === true ? 'counts ' : 'skipped';
    say(
      `  ${sign} ${text(segment.from)} – ${text(segment.to)}  ${String(segment.minutes).padStart(5)} min  ${text(segment.reason)}${name}`,
    );
  }
  say(
    `  Counted: ${text(explanation.sumMinutes)} of ${text(explanation.targetMinutes)} minutes. Why: ${credentials.apiUrl}${ticketPath}/sla/${text(clock.id)}/explanation`,
  );

  const stages = rows(await agent('GET', `/v1/teams/${text(team.id)}/stages`));
  const stageId = (name: string): unknown => stages.find((stage) => stage.name === name)?.id;
  const me = await agent('GET', '/v1/me');
  const userId = (me.user as Answer | undefined)?.id ?? me.userId ?? me.id;
  await agent('POST', `${ticketPath}/assign`, { userId });
  await agent('POST', `${ticketPath}/move`, {
    stageId: stageId('In Progress'),
    reason: 'Looking at the import log',
  });
  say('An agent took it and moved it to In Progress, through the workflow.');

  const entry = await agent(
    'POST',
    '/v1/timesheets',
    {
      ticketId: ticket.id,
      date: new Date().toISOString().slice(0, 10),
      minutes: 90,
      description: 'Repaired the import',
    },
    { prefer: 'wait=15', 'idempotency-key': `demo-time-${stamp}` },
  );
  const billing = entry.billing as Answer;
  const billed = await finance('GET', `/v1/sale-orders/${text(order.id)}`);
  const delivered = ((billed.lines as Answer[])[0] ?? {}).deliveredMinutes;
  say(
    `90 minutes were logged; the workflow’s billing activity has ${text(billing.state)} them: delivered ${text(delivered)} minutes.`,
  );

  await agent('POST', `${ticketPath}/move`, { stageId: stageId('Solved'), reason: 'The list is back' });
  const solved = await agent('GET', `${ticketPath}/sla`);
  say(`The ticket is solved; its SLA is ${text(solved.state)}.`);

  const draft = await finance(
    'POST',
    `/v1/sale-orders/${text(order.id)}/invoices`,
    {},
    { 'idempotency-key': `demo-invoice-${stamp}` },
  );
  const invoicePath = `/v1/invoices/${text(draft.id)}`;
  const posted = await finance('POST', `${invoicePath}/post`, {});
  await finance('POST', `${invoicePath}/payments`, {
    amountMinor: posted.totalMinor,
    paidAt: new Date().toISOString(),
    method: 'bank_transfer',
    reference: `demo-${stamp}`,
  });
  const paid = await finance('GET', invoicePath);
  say(
    `Finance made invoice ${text(paid.number)} of ${money(paid.totalMinor, paid.currency)}; it is ${text(paid.status)}: ${credentials.apiUrl}${invoicePath}`,
  );
  await finance('GET', `${invoicePath}/trace`);
  say(`Every minute of it, from invoice to ticket: ${credentials.apiUrl}${invoicePath}/trace`);
  say(`And from the ticket to the payment: ${credentials.apiUrl}${ticketPath}/trace`);
}

play((line) => process.stdout.write(`${line}\n`)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
