import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Role } from '../../../domain/shared/actor';
import { newId } from '../../../services/ids';
import { type ApiClient, ContractViolation } from '../../support/api-client';
import type { Facts, History } from './history';
import type { Random } from './random';

/** What all clients of a run go by. */
export interface Conditions {
  /** Requests with a key are sent to both APIs at once. */
  repeating: boolean;
  /** Nothing new is begun; what is in hand is seen through. */
  over: boolean;
}

/** What a client wants of the API. */
export interface Request {
  readonly role: Role;
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  readonly path: string;
  readonly body?: unknown;
  /** Sent with a key, so that it may be sent again until it is answered. */
  readonly keyed?: boolean;
  readonly ifMatch?: number | null;
  /** Codes of refusals that may come; any other is a finding. */
  readonly refusals?: readonly string[];
  /** Never given up, because somebody would have to finish it by hand. */
  readonly untilAnswered?: boolean;
}

/** `unknown`: no answer, or one that leaves open whether it happened. */
export type Answer<Body> =
  | { readonly kind: 'ok'; readonly status: number; readonly body: Body; readonly text: string }
  | { readonly kind: 'refused'; readonly code: string; readonly state: unknown }
  | { readonly kind: 'unknown'; readonly why: string };

interface Problem {
  readonly code: string;
  readonly state?: unknown;
}

const requestTimeoutMs = 6_000;
const patienceMs = 20_000;
/** After the faults everything must be answered sooner or later. */
const patienceWhenOverMs = 90_000;
const givesUp = 0.15;
/** Refusals that say "not now"; whether anything happened they do not say. */
const undecidedStatuses = [408, 429, 502, 503, 504];

export interface ClientParts {
  readonly history: History;
  readonly conditions: Conditions;
  readonly random: Random;
  /** For each role one client of each API. */
  readonly apis: ReadonlyMap<Role, readonly ApiClient[]>;
  /** Answers that no fault explains. */
  readonly troubles: string[];
}

/** One of the callers: sends requests to either API, keeps at those that have a key, and records what it was told. */
export class Client {
  private process: number;
  readonly random: Random;

  constructor(private readonly parts: ClientParts) {
    this.process = parts.history.newProcess();
    this.random = parts.random;
  }

  get over(): boolean {
    return this.parts.conditions.over;
  }

  /**
   * One operation of the history: asks until it is answered or given up. `facts` reads from an answer what the checks
   * need to know.
   */
  async operation<Body>(
    action: string,
    asked: Facts,
    request: Request,
    facts: (body: Body) => Facts,
  ): Promise<Answer<Body>> {
    const { history } = this.parts;
    const { process } = this;
    history.record({ process, type: 'invoke', action, facts: asked });
    const answer = await this.ask<Body>(request);
    if (answer.kind === 'ok') {
      history.record({ process, type: 'ok', action, facts: facts(answer.body) });
    } else if (answer.kind === 'refused') {
      const { code, state } = answer;
      history.record({ process, type: 'fail', action, facts: { code, state } });
    } else {
      history.record({ process, type: 'info', action, facts: { why: answer.why } });
      this.process = history.newProcess();
    }
    return answer;
  }

  /** The same without a record, for what a client looks up to know what to do next. */
  async ask<Body>(request: Request): Promise<Answer<Body>> {
    const key = request.keyed === true ? newId('request') : undefined;
    const repeatable = request.method === 'get' || key !== undefined;
    const beganMs = performance.now();
    for (;;) {
      const answer = await this.send<Body>(request, key);
      if (answer.kind !== 'unknown' || !repeatable) return answer;
      const patience = this.over ? patienceWhenOverMs : patienceMs;
      const waits = request.untilAnswered === true ? patienceWhenOverMs * 2 : patience;
      if (performance.now() - beganMs > waits) return answer;
      if (!this.over && request.untilAnswered !== true && this.random.chance(givesUp)) return answer;
      await delay(this.random.between(50, 300));
    }
  }

  private async send<Body>(request: Request, key: string | undefined): Promise<Answer<Body>> {
    const apis = this.parts.apis.get(request.role) ?? [];
    if (key === undefined || !this.parts.conditions.repeating) {
      return this.sendTo<Body>(this.random.pick(apis), request, key);
    }
    const answers = await Promise.all(apis.map((api) => this.sendTo<Body>(api, request, key)));
    const done = answers.flatMap((answer) => (answer.kind === 'ok' ? [answer] : []));
    const [first] = done;
    if (done.some(({ body }) => !isDeepStrictEqual(body, first?.body))) {
      this.trouble(request, `two answers to one key: ${done.map(({ text }) => text).join(' and ')}`);
    }
    return answers.find(({ kind }) => kind !== 'unknown') ?? { kind: 'unknown', why: 'no answer of either' };
  }

  private async sendTo<Body>(
    api: ApiClient,
    request: Request,
    key: string | undefined,
  ): Promise<Answer<Body>> {
    const { method, path, body, ifMatch = null } = request;
    const headers = {
      ...(key === undefined ? {} : { 'Idempotency-Key': key }),
      ...(ifMatch === null ? {} : { 'If-Match': `"v${ifMatch}"` }),
    };
    try {
      const answer = await api.send<Body>(method, path, body, { headers, timeoutMs: requestTimeoutMs });
      const { status, text } = answer;
      // What goes on is asked for again by its key.
      if (status === 202) return { kind: 'unknown', why: 'goes on' };
      if (status < 400) return { kind: 'ok', status, body: answer.body, text };
      const { code, state } = answer.body as Problem;
      if (undecidedStatuses.includes(status)) return { kind: 'unknown', why: code };
      if (status >= 500) {
        this.trouble(request, text);
        return { kind: 'unknown', why: code };
      }
      if (request.refusals?.includes(code) !== true) this.trouble(request, text);
      return { kind: 'refused', code, state: state ?? null };
    } catch (error) {
      if (error instanceof ContractViolation) this.trouble(request, error.message);
      const cause = (error as { cause?: { code?: string } }).cause?.code;
      return { kind: 'unknown', why: cause ?? (error as Error).name };
    }
  }

  private trouble({ method, path }: Request, text: string): void {
    const atMs = Math.round(this.parts.history.nowMs());
    this.parts.troubles.push(`${method} ${path} at ${atMs} ms: ${text.slice(0, 600)}`);
  }
}
