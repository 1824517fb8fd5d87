import { setTimeout as delay } from 'node:timers/promises';
import { type Role, roles } from '../../../domain/shared/actor';
import { type ApiClient, clientOf } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { findings } from '../../support/findings';
import { unsettled } from '../../support/settled';
import { settledEvents } from '../../support/settled-events';
import { historyFindings } from './check-run';
import { Client, type Conditions } from './client';
import { FeedReader, workUntilOver } from './clients';
import { type FaultCompany, faultCompany } from './company';
import { FaultRun } from './fault-actions';
import { type Pace, planFaults, usualPace } from './fault-plan';
import { readFinalState } from './final-state';
import { History, operationsOf } from './history';
import { MoneyWork } from './money-work';
import { Random } from './random';
import { type Report, reportOf } from './report';
import { type Stack, startStack } from './stack';
import { SupportWork } from './support-work';

const workingClients = 14;
const feedReaders = ['one', 'two'];
const usualDrainLimitMs = 180_000;

export interface RunOptions {
  readonly seed: number;
  /** How long faults happen and clients work; the drain comes after it. */
  readonly durationMs: number;
  readonly pace?: Pace;
  /** How long it may take until all is quiet after the last fault was healed. */
  readonly drainLimitMs?: number;
  /** Where the history and the processes' logs go. */
  readonly folder: string;
}

/**
 * One random run: starts everything, lets clients work while faults happen, heals, waits until all is quiet, and
 * checks what is left and every answer on the way. The faults follow from the seed; the machine decides what they meet.
 */
export async function runFaults(options: RunOptions): Promise<Report> {
  const { seed, durationMs, folder } = options;
  const stack = await startStack(folder);
  try {
    const company = await faultCompany(stack.database, durationMs);
    const history = new History(`${folder}/history.jsonl`);
    const troubles: string[] = [];
    const conditions: Conditions = { repeating: false, over: false };
    const apis = apisOf(stack, company);
    const newClient = (name: string): Client =>
      new Client({ history, conditions, random: new Random(seed, name), apis, troubles });
    const support = new SupportWork(company);
    const money = new MoneyWork(company, support);
    const readers = feedReaders.map((name) => new FeedReader(name, newClient(`reader ${name}`)));
    const plan = planFaults(seed, durationMs, options.pace ?? usualPace);
    const faults = new FaultRun(stack, history, conditions, new Random(seed, 'repeated signals'));

    const work = Promise.all([
      ...Array.from({ length: workingClients }, (_, index) =>
        workUntilOver(newClient(`client ${index}`), support, money),
      ),
      ...readers.map((reader) => reader.readUntilOver()),
    ]);
    await Promise.all([faults.follow(plan), delay(durationMs)]);
    conditions.over = true;
    const healedAtMs = history.nowMs();
    await work;
    const unfinished = await drain(stack, options.drainLimitMs ?? usualDrainLimitMs);
    const drainedMs = history.nowMs() - healedAtMs;

    const settledEventIds = await settledIds(stack);
    await readToTheEnd(readers);
    const operations = operationsOf(history.entries);
    const withMessages = operations.filter(({ action }) => action === 'message.post');
    const final = await readFinalState(apis, [
      ...new Set(withMessages.map(({ asked }) => String(asked.list))),
    ]);
    const acknowledged = operations
      .filter(({ action, outcome }) => action === 'ticket.create' && outcome === 'ok')
      .map(({ answered }) => String(answered.id));
    history.write();
    const found = [
      ...unfinished,
      ...troubles,
      ...stack.troubles,
      ...(await findings(stack, acknowledged)),
      ...historyFindings(company, operations, final, {
        settledEventIds,
        nowMs: await databaseNowMs(stack),
      }),
    ];
    return reportOf({ seed, durationMs, drainedMs, plan, operations, findings: found });
  } finally {
    await stack.close();
  }
}

function apisOf(stack: Stack, company: FaultCompany): ReadonlyMap<Role, readonly ApiClient[]> {
  return new Map(
    roles.map((role) => [role, stack.apiUrls.map((url) => clientOf(() => url, company.users[role].token))]),
  );
}

/** Waits until nothing is under way and nothing is due. @returns what still is after a long time */
async function drain(stack: Stack, drainLimitMs: number): Promise<string[]> {
  let left: string[] = [];
  const overdue = `SELECT 'clock ' || id AS what FROM sla_clock WHERE status = 'running' AND deadline < now()`;
  try {
    await eventually(
      'nothing left to do',
      async () => {
        const { rows } = await stack.database.pool.query<{ what: string }>(overdue);
        left = [...(await unsettled(stack.database)), ...rows.map(({ what }) => what)];
        return left.length === 0;
      },
      drainLimitMs,
    );
    return [];
  } catch {
    return [`not settled ${drainLimitMs / 1000} s after the last fault: ${left.slice(0, 20).join(', ')}`];
  }
}

/** Lets the readers of the feed go on until nothing is left. */
async function readToTheEnd(readers: readonly FeedReader[]): Promise<void> {
  await Promise.all(
    readers.map(async (reader) => {
      let quiet = 0;
      await eventually(`the end of the feed for reader ${reader.name}`, async () => {
        quiet = (await reader.readOn()) === 0 ? quiet + 1 : 0;
        return quiet >= 3;
      });
    }),
  );
}

/** The events that an administrator's feed must show from now on; promises that still run may add others. */
async function settledIds({ database }: Stack): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM event');
  await settledEvents(database);
  return rows.map(({ id }) => id);
}

async function databaseNowMs({ database }: Stack): Promise<number> {
  const { rows } = await database.pool.query<{ now: string }>('SELECT clock_timestamp() AS now');
  return Date.parse(rows[0]?.now ?? '');
}
