import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Route } from '../../../api/route';
import { type Role, roles } from '../../../domain/shared/actor';
import { type IdKind, idPrefixes } from '../../../domain/shared/ids';
import { newId } from '../../../services/ids';
import { callerRole, rolesOf, severalAtOnce } from '../../support/callers';
import { operationOf, type RawAnswer } from '../../support/contract';
import { type Example, exampleOf, withoutEffect } from '../../support/examples';
import { apiKey, type Everything, user, type World } from '../../support/factories';
import type { Rows } from '../../support/rows';
import { complaints, etagComplaints, pointerComplaints, replayComplaints, successComplaints } from './checks';
import { badMemberPlans, coveragePlans, examplePlans } from './coverage';
import { curlLine, Exchange, type Sent } from './exchange';
import { type CallerName, type Plan, planOf } from './plan';

export interface Finding {
  readonly operationId: string;
  readonly problems: readonly string[];
  /** The request that shows it, shrunk, as a line for a shell. */
  readonly curl: string;
}

const phases = ['examples', 'badMembers', 'coverage', 'generated'] as const;
type Phase = (typeof phases)[number];

export interface FuzzReport {
  readonly seed: number;
  /** Requests by phase: the examples, bodies with one bad member, other bounds, then whatever the seed makes up. */
  readonly requests: Readonly<Record<Phase, number>>;
  /** Answers by status, so that a run that only ever knocked on closed doors is seen. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  /** Tables that bodies with one bad member, each of them refused, have changed. */
  readonly tablesChanged: readonly string[];
}

export interface FuzzOptions {
  readonly url: string;
  readonly own: Everything;
  /** The company whose ids are tried; nobody calls for it, so nothing of it may change. */
  readonly foreign: Everything;
  /** The company of the caller `foreign`. */
  readonly stranger: World;
  readonly routes: readonly Route[];
  /** How many are sent at least; the phases before the generated ones are never cut short. */
  readonly requests: number;
  readonly seed: number;
  /** Prints all tables once nothing is under way any more. */
  readonly printTables: () => Promise<Rows>;
  /** Is told of each finding at once and of each phase, so that a run that is cut short has said what it saw. */
  readonly tell?: (line: string) => void;
}

/** Repeated answers and records asked again count as requests too. */
const requestsAPlan = 1.4;
/** An example is used up by what is done to it, so each of them stands behind so many requests at most. */
const plansAnExample = 20;
/** A finding is shrunk this long at most. */
const shrinkLimitMs = 2_000;

/** What a plan asks of its answer beside what is asked of each; empty when there is nothing to complain about. */
type Demand = (answer: RawAnswer) => readonly string[];

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
 * Sends every operation its examples, then bodies with one bad member each, then what else the bounds of its schemas
 * ask for, then generated requests until there were enough, and holds each answer against the document. Of an operation the first finding is kept. The
 * same seed makes the same requests; what they meet depends on the requests before them.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const run = new FuzzRun(options, await tokensOf(options));
  const findings = new Map<string, Finding>();
  const requests = { examples: 0, badMembers: 0, coverage: 0, generated: 0 };
  const sound = (): Route[] => options.routes.filter(({ operationId }) => !findings.has(operationId));
  const phase = async (name: Phase, work: (route: Route) => Promise<Finding | undefined>): Promise<void> => {
    const before = run.requests;
    await severalAtOnce(sound(), async (route) => {
      const finding = await work(route);
      if (finding === undefined) return;
      findings.set(route.operationId, finding);
      options.tell?.(toldOf(finding));
    });
    requests[name] += run.requests - before;
    options.tell?.(`${name}: ${run.requests} requests so far, ${findings.size} findings`);
  };
  await phase('examples', (route) => sendPlans(run, route, examplePlans, successComplaints));
  // Made beforehand: from here on whatever changes was changed by a request that was refused.
  const examples = new Map<Route, Example>();
  for (const route of sound()) {
    if (route.body !== undefined) examples.set(route, await exampleOf(route, options.own));
  }
  const before = await options.printTables();
  await phase('badMembers', (route) => sendBadMembers(run, route, examples.get(route) ?? {}));
  const after = await options.printTables();
  const tablesChanged = Object.keys(after).filter((name) => after[name] !== before[name]);
  await phase('coverage', (route) => sendPlans(run, route, coveragePlans));
  for (let round = 0; run.requests < options.requests && sound().length > 0; round++) {
    const missing = (options.requests - run.requests) / sound().length / requestsAPlan;
    const plans = Math.min(plansAnExample, Math.ceil(missing));
    const seed = (route: Route): number => options.seed + round * 1_000 + options.routes.indexOf(route);
    await phase('generated', (route) => sendGenerated(run, route, seed(route), plans));
  }
  run.close();
  return {
    seed: options.seed,
    requests,
    statuses: run.statuses,
    findings: [...findings.values()],
    tablesChanged,
  };
}

function callersOf(route: Route): readonly CallerName[] {
  return route.access === 'public' ? ['nobody', 'admin'] : [callerRole(route), ...rolesOf(route), 'key'];
}

/** One after the other, each on an example of its own where it changes something. */
async function sendPlans(
  run: FuzzRun,
  route: Route,
  plansOf: (route: Route, example: Example) => readonly Plan[],
  ofFirst?: Demand,
): Promise<Finding | undefined> {
  let plans = plansOf(route, await exampleOf(route, run.options.own));
  const plansEach = ofFirst !== undefined ? 1 : route.method === 'get' ? plans.length : plansAnExample;
  for (let index = 0; index < plans.length; index += plansEach) {
    if (index > 0) plans = plansOf(route, await exampleOf(route, run.options.own));
    for (const plan of plans.slice(index, index + plansEach)) {
      try {
        // Of further bodies an example promises the members, not that they fit the records it names.
        await run.execute(route, plan, index === 0 ? ofFirst : undefined);
      } catch (error) {
        return findingOf(route, error);
      }
    }
  }
  return undefined;
}

/** All on one example: none of them has an effect. */
async function sendBadMembers(run: FuzzRun, route: Route, example: Example): Promise<Finding | undefined> {
  for (const { plan, bad } of badMemberPlans(route, example)) {
    try {
      await run.execute(route, plan, (answer) => pointerComplaints(bad, answer));
    } catch (error) {
      return findingOf(route, error);
    }
  }
  return undefined;
}

async function sendGenerated(
  run: FuzzRun,
  route: Route,
  seed: number,
  plans: number,
): Promise<Finding | undefined> {
  const example = await exampleOf(route, run.options.own);
  let brokenAt: number | undefined;
  let last: unknown;
  await fc.check(
    fc.asyncProperty(planOf(route, example, callersOf(route)), async (plan) => {
      if (brokenAt !== undefined && performance.now() - brokenAt > shrinkLimitMs) return;
      try {
        await run.execute(route, plan);
      } catch (error) {
        brokenAt ??= performance.now();
        last = error;
        throw error;
      }
    }),
    { numRuns: plans, seed },
  );
  return last === undefined ? undefined : findingOf(route, last);
}

/** A finding as a person reads it. */
export function toldOf({ operationId, problems, curl }: Finding): string {
  return `${operationId}\n  ${problems.join('\n  ')}\n  ${curl}`;
}

function findingOf({ operationId }: Route, error: unknown): Finding {
  const broken = error instanceof Broken ? error : new Broken([String(error)], '');
  return { operationId, problems: broken.problems, curl: broken.curl };
}

async function tokensOf({ own, stranger }: FuzzOptions): Promise<Record<CallerName, string | undefined>> {
  const token = async (role: 'admin' | 'manager' | 'agent' | 'finance') => (await user(own, role)).token;
  return {
    admin: await token('admin'),
    manager: await token('manager'),
    agent: await token('agent'),
    finance: await token('finance'),
    key: (await apiKey(own, { userId: (await user(own, 'admin')).id })).secret,
    foreign: (await user(stranger, 'admin')).token,
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

  /** @throws Broken when an answer is not what the document says. */
  async execute(route: Route, plan: Plan, demand: Demand = () => []): Promise<void> {
    // The credential of all later requests must not end.
    const oneTime = route.operationId === 'logOut' ? await this.oneTimeToken(plan.caller) : undefined;
    const keyed =
      plan.again && plan.method === 'POST' && !plan.headers.some(([name]) => name === 'Idempotency-Key');
    const sent = this.place(plan, keyed ? [['Idempotency-Key', randomUUID()]] : [], oneTime);
    const answer = await this.send(sent);
    this.require(sent, answer, [...complaints(route, plan, sent, answer), ...demand(answer)]);
    this.remember(answer);
    // With another method it may be another operation that was asked.
    const reached = operationOf(sent.method, sent.address)?.operationId ?? route.operationId;
    const isLive = this.options.routes.some(({ operationId, live }) => operationId === reached && live);
    if (!plan.again || route.access === 'public' || oneTime !== undefined) return;
    if (keyed && withoutEffect[reached] === undefined) {
      const repeated = await this.send(sent);
      this.require(sent, repeated, replayComplaints(answer, repeated));
    }
    const tag = answer.headers.get('etag');
    if (plan.method === 'GET' && answer.status === 200 && tag !== null && !isLive) {
      const asked = { ...sent, headers: [['If-None-Match', tag] as const] };
      const again = await this.send(asked);
      // Another request may have deleted it meanwhile; then it is not there for who asks without the ETag either.
      const isGone = again.status === 404 && (await this.send(sent)).status === 404;
      if (!isGone) this.require(asked, again, etagComplaints(tag, again));
    }
  }

  private async oneTimeToken(caller: CallerName): Promise<string | undefined> {
    const { own, stranger } = this.options;
    if (caller === 'foreign') return (await user(stranger, 'admin')).token;
    return isRole(caller) ? (await user(own, caller)).token : undefined;
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

function isRole(caller: CallerName): caller is Role {
  return roles.some((role) => role === caller);
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
