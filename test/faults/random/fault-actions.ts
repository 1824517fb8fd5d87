import { setTimeout as delay } from 'node:timers/promises';
import { assertNever } from '../../../domain/shared/assert-never';
import { ticketWorkflowId } from '../../../workflows/ticket/ids';
import { factsArrivedSignal } from '../../../workflows/ticket/messages';
import { deliveredSignals } from '../../support/workflow-history';
import type { Conditions } from './client';
import type { Fault, PlannedFault } from './fault-plan';
import type { History } from './history';
import type { Random } from './random';
import type { ProcessPlace, Stack } from './stack';

const repetitions = 10;

/** Does what a plan says, at its times, to a running stack. */
export class FaultRun {
  /** What happens to one target happens one after the other. */
  private readonly busy = new Map<string, Promise<void>>();

  constructor(
    private readonly stack: Stack,
    private readonly history: History,
    private readonly conditions: Conditions,
    private readonly random: Random,
  ) {}

  /** Ends when every fault of the plan has been healed. */
  async follow(plan: readonly PlannedFault[]): Promise<void> {
    for (const { atMs, fault } of plan) {
      await delay(Math.max(0, atMs - this.history.nowMs()));
      const before = this.busy.get(fault.target) ?? Promise.resolve();
      this.busy.set(
        fault.target,
        before.then(() => this.recorded(fault)),
      );
    }
    await Promise.all(this.busy.values());
  }

  private async recorded(fault: Fault): Promise<void> {
    const entry = { process: this.history.newProcess(), action: 'fault', facts: { ...fault } };
    this.history.record({ ...entry, type: 'invoke' });
    await this.cause(fault);
    this.history.record({ ...entry, type: 'ok' });
  }

  private async cause(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'kill':
        return this.kill(fault);
      case 'pause': {
        const target = fault.target === 'temporal' ? this.stack.servers.temporal : this.place(fault.target);
        target.signal('SIGSTOP');
        await delay(fault.forMs);
        return target.signal('SIGCONT');
      }
      case 'hold link': {
        const link = this.link(fault);
        for (const direction of fault.directions) link.hold(direction);
        await delay(fault.forMs);
        return link.release();
      }
      case 'slow link': {
        const link = this.link(fault);
        link.slow(fault.byMs);
        await delay(fault.forMs);
        return link.slow(0);
      }
      case 'cut link':
        return this.link(fault).cut();
      case 'cut link after':
        return this.link(fault).cutAfter(fault.bytes, fault.direction);
      case 'repeat requests':
        this.conditions.repeating = true;
        await delay(fault.forMs);
        this.conditions.repeating = false;
        return;
      case 'repeat signals':
        return this.repeatSignals(fault.tickets);
      default:
        return assertNever(fault);
    }
  }

  private async kill({ target, downMs }: Extract<Fault, { kind: 'kill' }>): Promise<void> {
    if (target !== 'postgres' && target !== 'temporal') {
      await this.place(target).kill();
      await delay(downMs);
      await this.place(target).start();
      return;
    }
    const server = this.stack.servers[target];
    // SIGQUIT is PostgreSQL's immediate end: nothing is written any more, and it recovers from its log.
    await server.kill(target === 'postgres' ? 'SIGQUIT' : 'SIGKILL');
    await delay(downMs);
    await server.startAgain();
  }

  /** As a relay does that was killed before it could forget; what is away just now is left alone. */
  private async repeatSignals(tickets: number): Promise<void> {
    const { database, temporalClient } = this.stack;
    const { rows } = await database.pool
      .query<{ id: string }>('SELECT id FROM ticket ORDER BY id DESC LIMIT 200')
      .catch(() => ({ rows: [] }));
    await Promise.allSettled(
      this.random
        .shuffled(rows)
        .slice(0, tickets)
        .map(async ({ id }) => {
          const handle = temporalClient.workflow.getHandle(ticketWorkflowId(id));
          const signals = await deliveredSignals(temporalClient, id);
          const repeated = Array.from({ length: repetitions }, () => signals).flat();
          await Promise.allSettled(
            this.random.shuffled(repeated).map((facts) => handle.signal(factsArrivedSignal, { facts })),
          );
        }),
    );
  }

  private place(name: Parameters<Stack['processes']['get']>[0]): ProcessPlace {
    const place = this.stack.processes.get(name);
    if (place === undefined) throw new Error(`there is no ${name}`);
    return place;
  }

  private link({ target }: { readonly target: Parameters<Stack['links']['get']>[0] }) {
    const link = this.stack.links.get(target);
    if (link === undefined) throw new Error(`there is no link ${target}`);
    return link;
  }
}
