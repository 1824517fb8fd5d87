import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Route } from '../../../api/route';
import { type IdKind, idPrefixes } from '../../../domain/shared/ids';
import { newId } from '../../../services/ids';
import { callerRole, rolesOf } from '../../support/callers';
import type { RawAnswer } from '../../support/contract';
import { exampleOf, withoutEffect } from '../../support/examples';
import { apiKey, type Everything, user } from '../../support/factories';
import { complaints, etagComplaints, replayComplaints } from './checks';
import { curlLine, Exchange, type Sent } from './exchange';
import { type CallerName, type Plan, planOf } from './plan';

export interface Finding {
  readonly operationId: string;
  readonly problems: readonly string[];
  /** The request that shows it, shrunk, as a line for a shell. */
  readonly curl: string;
}

export interface FuzzReport {
  readonly seed: number;
  readonly requests: number;
  /** Answers by status, so that a run that only ever knocked on closed doors is seen. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

export interface FuzzOptions {
  readonly url: string;
  readonly own: Everything;
  readonly foreign: Everything;
  readonly routes: readonly Route[];
  readonly requests: number;
  readonly seed: number;
}

/** Repeated answers and records asked again count as requests too. */
const requestsAPlan = 1.4;
const lanes = 3;
/** A finding is shrunk this long at most. */
const shrinkLimitMs = 5_000;

/** Carries one broken promise out of a property. */
class Broken extends Error {
  constructor(
    readonly problems: readonly string[],
    readonly curl: string,
  ) {
    super(problems.join('; '));
  }
}

/**
 * Sends generated requests to every operation and holds each answer against the document. The same seed makes the
 * same requests; what they meet depends on the requests before them.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const run = new FuzzRun(options, await tokensOf(options));
  const findings: Finding[] = [];
  const queue = options.routes.map((route, index) => ({ route, seed: options.seed + index }));
  const plans = Math.max(1, Math.round(options.requests / options.routes.length / requestsAPlan));
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      findings.push(...(await fuzzOperation(run, next.route, next.seed, plans)));
    }
  };
  await Promise.all(Array.from({ length: lanes }, work));
  run.close();
  return { seed: options.seed, requests: run.requests, statuses: run.statuses, findings };
}

async function fuzzOperation(run: FuzzRun, route: Route, seed: number, plans: number): Promise<Finding[]> {
  const example = await exampleOf(route, run.options.own);
  const allowed: readonly CallerName[] =
    route.access === 'public' ? ['nobody', 'admin'] : [callerRole(route), ...rolesOf(route), 'key'];
  let brokenAt: number | undefined;
  let last: Broken | undefined;
  await fc.check(
    fc.asyncProperty(planOf(route, example, allowed), async (plan) => {
      if (brokenAt !== undefined && performance.now() - brokenAt > shrinkLimitMs) return;
      try {
        await run.execute(route, plan);
      } catch (error) {
        brokenAt ??= performance.now();
        last = error instanceof Broken ? error : new Broken([String(error)], '');
        throw last;
      }
    }),
    { numRuns: plans, seed },
  );
  return last === undefined
    ? []
    : [{ operationId: route.operationId, problems: last.problems, curl: last.curl }];
}

async function tokensOf({ own, foreign }: FuzzOptions): Promise<Record<CallerName, string | undefined>> {
  const token = async (role: 'admin' | 'manager' | 'agent' | 'finance') => (await user(own, role)).token;
  return {
    admin: await token('admin'),
    manager: await token('manager'),
    agent: await token('agent'),
    finance: await token('finance'),
    key: (await apiKey(own, { userId: (await user(own, 'admin')).id })).secret,
    foreign: (await user(foreign, 'admin')).token,
    nobody: undefined,
    garbage: `kds_${'x'.repeat(43)}`,
  };
}

class FuzzRun {
  requests = 0;
  readonly statuses: Record<string, number> = {};
  private readonly exchange: Exchange;
  /** Ids of what the run has made, by kind. */
  private readonly made = new Map<string, string[]>();

  constructor(
    readonly options: FuzzOptions,
    private readonly tokens: Readonly<Record<CallerName, string | undefined>>,
  ) {
    this.exchange = new Exchange(options.url);
  }

  close(): void {
    this.exchange.close();
  }

  async execute(route: Route, plan: Plan): Promise<void> {
    // Ending the credential of all later requests, or guessing passwords one hash at a time, is tested elsewhere.
    const oneTime =
      route.operationId === 'logOut' ? (await user(this.options.own, 'admin')).token : undefined;
    const keyed =
      plan.again && plan.method === 'POST' && !plan.headers.some(([name]) => name === 'Idempotency-Key');
    const sent = this.place(plan, keyed ? [['Idempotency-Key', randomUUID()]] : [], oneTime);
    const answer = await this.send(sent);
    this.require(sent, answer, complaints(route, plan, sent, answer));
    this.remember(answer);
    if (!plan.again || route.access === 'public' || oneTime !== undefined) return;
    if (keyed && withoutEffect[route.operationId] === undefined) {
      const repeated = await this.send(sent);
      this.require(sent, repeated, replayComplaints(answer, repeated));
    }
    const tag = answer.headers.get('etag');
    if (plan.method === 'GET' && answer.status === 200 && tag !== null && route.live !== true) {
      const asked = { ...sent, headers: [['If-None-Match', tag] as const] };
      const again = await this.send(asked);
      this.require(asked, again, etagComplaints(tag, again));
    }
  }

  private async send(sent: Sent): Promise<RawAnswer> {
    this.requests += 1;
    const answer = await this.exchange.send(sent).catch((error: unknown) => {
      throw new Broken([`no answer: ${String(error)}`], curlLine(sent));
    });
    this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
    return answer;
  }

  private require(sent: Sent, answer: RawAnswer, problems: readonly string[]): void {
    if (problems.length > 0)
      throw new Broken(
        [...problems, `answer: ${answer.status} ${answer.text.slice(0, 600)}`],
        curlLine(sent),
      );
  }

  private place(plan: Plan, more: readonly (readonly [string, string])[], token: string | undefined): Sent {
    const path = operationPath(this.options.routes, plan.operationId).replaceAll(
      /\{(\w+)\}/g,
      (_match, name: string) => encoded(this.withIds(plan.params[name] ?? '')) || '%20',
    );
    const query = plan.query
      .map(([name, value]) => `${encoded(name)}=${encoded(this.withIds(value))}`)
      .join('&');
    return {
      method: plan.method,
      address: query === '' ? path : `${path}?${query}`,
      headers: [...plan.headers.map(([name, value]) => [name, headerText(value)] as const), ...more],
      body: plan.body === undefined ? undefined : this.withIds(plan.body),
      token: token ?? this.tokens[plan.caller],
    };
  }

  /** Puts ids in the place of their tokens. */
  private withIds(text: string): string {
    return text.replaceAll(
      /\{\{(\w+):(\w+):(\d+)\}\}/g,
      (_match, kind: IdKind, whose: string, number: string) => {
        const { own, foreign } = this.options;
        const unknown = `${idPrefixes[kind]}_${newId('request').slice(4)}`;
        if (whose === 'unknown') return unknown;
        if (whose === 'foreign') return foreign.ids[kind] ?? unknown;
        const pool = [own.ids[kind] ?? unknown, ...(this.made.get(idPrefixes[kind]) ?? [])];
        return pool[Number(number) % pool.length] ?? unknown;
      },
    );
  }

  private remember(answer: RawAnswer): void {
    const id = (answer.body as { id?: unknown } | undefined)?.id;
    if (answer.status !== 201 || typeof id !== 'string') return;
    const prefix = id.slice(0, 3);
    this.made.set(prefix, [...(this.made.get(prefix) ?? []), id].slice(-30));
  }
}

function operationPath(routes: readonly Route[], operationId: string): string {
  const route = routes.find((candidate) => candidate.operationId === operationId);
  if (route === undefined) throw new Error(`${operationId} is not among the routes`);
  return route.path;
}

/** As an address writes it; half a surrogate pair, which has no form there, becomes a question mark. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed().slice(0, 3_000));
}

/** Headers are bytes: what is beyond Latin-1 cannot be sent. */
function headerText(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');
}
