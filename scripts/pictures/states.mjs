import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { Failure } from '../stack/failure.mjs';

const patienceMs = 120_000;

/** Makes a ticket in each state that the pictures show, on the demo company of a running stack. */
export async function makeStates({ apiUrl, dataDir, temporalAddress }) {
  const { apiKeys } = JSON.parse(readFileSync(join(dataDir, 'demo-credentials.json'), 'utf8'));
  const key = apiKeys.find(({ role }) => role === 'admin').key;
  const call = (method, path, body) => callApi(apiUrl, key, method, path, body);
  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection });
  const database = new pg.Client({ connectionString: databaseUrl(dataDir) });
  await database.connect();
  try {
    const [team] = (await call('GET', '/v1/teams?limit=1')).data;
    const stages = (await call('GET', `/v1/teams/${team.id}/stages`)).data;
    const stageId = (name) => stages.find((stage) => stage.name === name).id;
    const ticket = async (teamId, body = {}) => {
      const { id } = await call('POST', '/v1/tickets', {
        teamId,
        subject: 'The printer is on fire',
        ...body,
      });
      const handle = client.workflow.getHandle(`ticket-${id}`);
      await until(
        'the workflow has read its ticket',
        async () => (await handle.query('status')).stage !== null,
      );
      return { id, handle };
    };
    const running = await ticket(team.id, { priority: 'high' });
    const refused = await ticket(team.id);
    await refused.handle.signal('moveStage', {
      stageId: 'stg_00000000000000000000000000',
      reason: 'mistyped',
    });
    await until('the refusal', async () => {
      const { data } = await call('GET', `/v1/tickets/${refused.id}/events?limit=200`);
      return data.some(({ kind }) => kind === 'ticket.decision_refused' || kind === 'ticket.signal_refused');
    });
    const reset = await resetTicket(client, await ticket(team.id), stageId('In Progress'));
    const atRisk = await ticket((await hurriedTeam(call)).id, { priority: 'urgent' });
    await until(
      'the warning',
      async () => (await call('GET', `/v1/tickets/${atRisk.id}`)).slaState === 'at_risk',
    );
    const needsOperator = await stoppedBilling(database, call, await ticket(team.id));
    const terminated = await ticket(team.id);
    await terminated.handle.terminate('by hand, to show what happens');
    return {
      running: await named(running),
      refused: await named(refused),
      reset,
      atRisk: await named(atRisk),
      needsOperator: await named(needsOperator),
      terminated: await named(terminated),
      stageId: stageId('In Progress'),
    };
  } finally {
    await database.end();
    await connection.close();
  }
}

async function named({ handle }) {
  const { workflowId, runId } = await handle.describe();
  return { workflowId, runId };
}

/** Starts over from the first workflow task after a move; the move is delivered again and changes nothing. */
async function resetTicket(client, { id, handle }, stageId) {
  await handle.executeUpdate('moveStage', { args: [{ stageId, reason: 'customer called' }] });
  const { runId } = await handle.describe();
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId, runId },
    workflowTaskFinishEventId: 4,
    requestId: `reset-${id}`,
    reason: 'to show what happens',
  });
  await until('the new run', async () => (await handle.describe()).runId !== runId);
  await until('the new run has read its ticket', async () => (await handle.query('status')).stage !== null);
  return named({ handle });
}

/** A team that works around the clock and warns at once. */
async function hurriedTeam(call) {
  const weekly = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: 0, to: 1_440 }));
  const calendar = await call('POST', '/v1/calendars', { name: 'Around the clock', timezone: 'UTC', weekly });
  const team = await call('POST', '/v1/teams', { name: 'On call', calendarId: calendar.id });
  const stages = (await call('GET', `/v1/teams/${team.id}/stages`)).data;
  const target = { kind: 'reach_stage', stageId: stages.at(-2).id, minutes: 15 };
  await call('POST', '/v1/sla-policies', {
    teamId: team.id,
    name: 'Within 15 minutes',
    target,
    warnAtPercent: 1,
  });
  return team;
}

/** Billing that fails for a reason nobody foresaw stops after five attempts; here the database refuses its slices. */
async function stoppedBilling(database, call, ticket) {
  await database.query(`
    CREATE FUNCTION picture_refusal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
    CREATE TRIGGER picture_refusal BEFORE INSERT ON slice FOR EACH ROW EXECUTE FUNCTION picture_refusal()`);
  try {
    const date = new Date().toISOString().slice(0, 10);
    await call('POST', '/v1/timesheets', {
      ticketId: ticket.id,
      date,
      minutes: 30,
      description: 'Put it out',
    });
    await until(
      'the need of an operator',
      async () => (await ticket.handle.query('status')).needsOperator !== null,
    );
  } finally {
    await database.query('DROP FUNCTION picture_refusal CASCADE');
  }
  return ticket;
}

async function callApi(apiUrl, key, method, path, body) {
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Failure(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

function databaseUrl(dataDir) {
  const password = readFileSync(join(dataDir, 'postgres-password'), 'utf8').trim();
  const port = readFileSync(join(dataDir, 'run', 'postgres.port'), 'utf8').trim();
  return `postgresql://keepdesk:${password}@127.0.0.1:${port}/keepdesk`;
}

async function until(what, look) {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    if (await look().catch(() => false)) return;
    if (Date.now() > deadline) throw new Failure(`${what}: not within ${patienceMs / 1000} seconds.`);
    await delay(100);
  }
}
