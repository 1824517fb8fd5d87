import { appendFindings } from './checks/append';
import { bankFindings } from './checks/bank';
import { feedFindings } from './checks/feed';
import { postedFindings } from './checks/posted';
import { type RecordState, registerFindings } from './checks/register';
import { setFindings } from './checks/set';
import { type PromisedTicket, type SlaPromise, type Standing, slaFindings } from './checks/sla';
import { type FaultCompany, targetMinutes, warnAtPercent } from './company';
import type { FeedEventBody, FinalState } from './final-state';
import { type Operation, ofAction } from './history';
import { entryFacts } from './money-work';
import { ticketFacts } from './support-work';

const ticketActions = ['ticket.read', 'ticket.reword', 'ticket.move', 'ticket.assign'];
const entryActions = ['time.change', 'time.transfer'];

/** Everything in a run's history and in what is left of it that cannot be, in words; empty when all is well. */
export function historyFindings(
  company: FaultCompany,
  operations: readonly Operation[],
  final: FinalState,
  options: { readonly settledEventIds: readonly string[]; readonly nowMs: number },
): string[] {
  const made = (action: string): Operation[] => ofAction(operations, action);
  const notOfRun = new Set(['bank']);
  const tokensOfTickets = initialSubjects(final).filter(
    (subject) => !notOfRun.has(subject) && !subject.startsWith('promised '),
  );
  const bankIds = new Set(company.bank.entries.map(({ id }) => id));
  const entries = final.entries.filter(({ id }) => !bankIds.has(id));
  const payments = final.invoices.flatMap((invoice) => invoice.payments.map(({ reference }) => reference));
  const feed = final.feed.map(({ id }) => id);
  const shown = new Set(feed);
  return [
    ...options.settledEventIds.filter((id) => !shown.has(id)).map((id) => `the feed does not show ${id}`),
    ...setFindings('ticket', made('ticket.create'), tokensOfTickets),
    ...setFindings(
      'time entry',
      made('time.log'),
      entries.map(({ description }) => description),
    ),
    ...setFindings('payment', made('payment.record'), payments),
    ...postedFindings(made('invoice.post'), new Map(final.invoices.map(({ id, number }) => [id, number]))),
    ...registerFindings(initialTickets(operations), [
      ...ofAction(operations, ...ticketActions),
      ...lastReads(
        final.tickets.map((ticket) => ticketFacts(ticket)),
        ofAction(operations, ...ticketActions),
      ),
    ]),
    ...registerFindings(initialEntries(company, operations), [
      ...ofAction(operations, ...entryActions),
      ...lastReads(
        final.entries.map((entry) => entryFacts(entry)),
        ofAction(operations, ...entryActions),
      ),
    ]),
    ...appendFindings(made('message.post'), made('message.read'), final.messages),
    ...bankFindings(made('bank.read'), company.bank.totalMinutes),
    ...feedFindings(made('feed.read'), feed, options.settledEventIds.length),
    ...slaFindings(promisedTickets(company, final), promiseOf(company), options.nowMs),
  ];
}

/** A ticket's subject as it was submitted: what tells whose it is; it may have been reworded since. */
function initialSubjects(final: FinalState): string[] {
  const submitted = final.feed.filter(({ kind }) => kind === 'ticket.created');
  return submitted.map(({ after }) => String((after as { subject?: unknown } | null)?.subject));
}

/** What stands there in the end, as one more read of each record that was worked on. */
function lastReads(
  facts: readonly Readonly<Record<string, unknown>>[],
  operations: readonly Operation[],
): Operation[] {
  const worked = new Set(operations.map(({ asked }) => asked.record));
  const lastMs = Math.max(0, ...operations.map(({ endedAtMs, invokedAtMs }) => endedAtMs ?? invokedAtMs));
  return facts
    .filter(({ id }) => worked.has(id))
    .map((answered) => ({
      process: 0,
      action: 'last read',
      asked: { record: answered.id },
      answered,
      outcome: 'ok',
      invokedAtMs: lastMs + 1,
      endedAtMs: lastMs + 2,
    }));
}

function stateOf(facts: Readonly<Record<string, unknown>>): RecordState {
  return { version: Number(facts.version), fields: facts.fields as RecordState['fields'] };
}

function initialTickets(operations: readonly Operation[]): Map<string, RecordState> {
  const created = ofAction(operations, 'ticket.create').filter(({ outcome }) => outcome === 'ok');
  return new Map(created.map(({ answered }) => [String(answered.id), stateOf(answered)]));
}

function initialEntries(company: FaultCompany, operations: readonly Operation[]): Map<string, RecordState> {
  const logged = ofAction(operations, 'time.log').filter(({ outcome }) => outcome === 'ok');
  const { entries, entryMinutes } = company.bank;
  return new Map([
    ...logged.map(({ answered }) => [String(answered.id), stateOf(answered)] as const),
    ...entries.map(
      ({ id, lineId }) =>
        [id, { version: 1, fields: { minutes: entryMinutes, saleOrderLineId: lineId } }] as const,
    ),
  ]);
}

function promiseOf({ promisingTeam: { stages } }: FaultCompany): SlaPromise {
  const standings = new Map<string, Standing>([
    [stages.new, 'running'],
    [stages.inProgress, 'running'],
    [stages.awaitingCustomer, 'paused'],
    [stages.solved, 'reached'],
    [stages.canceled, 'cancelled'],
  ]);
  const targetMs = targetMinutes * 60_000;
  return { targetMs, warnAfterMs: (targetMs * warnAtPercent) / 100, standings };
}

/** The promises and what became of them, by the feed alone. */
function promisedTickets(company: FaultCompany, final: FinalState): PromisedTicket[] {
  const byTicket = new Map<string, FeedEventBody[]>();
  for (const event of final.feed) {
    if (event.ticketId === null) continue;
    byTicket.set(event.ticketId, [...(byTicket.get(event.ticketId) ?? []), event]);
  }
  const promised = final.tickets.filter(({ teamId }) => teamId === company.promisingTeam.id);
  return promised.map(({ id, createdAt }) => {
    const after = (kind: string): Readonly<Record<string, string>>[] =>
      (byTicket.get(id) ?? [])
        .filter((event) => event.kind === kind)
        .map((event) => event.after as Readonly<Record<string, string>>);
    const instant = (text: string | undefined): number => Date.parse(text ?? '');
    return {
      id,
      createdAtMs: Date.parse(createdAt),
      firstStageId: company.promisingTeam.stages.new,
      moves: after('ticket.stage_changed').map(({ stageId = '', at }) => ({ stageId, atMs: instant(at) })),
      breaches: after('sla.breached').map(({ dueAt, observedAt }) => ({
        dueAtMs: instant(dueAt),
        observedAtMs: instant(observedAt),
      })),
      warnings: after('sla.at_risk').map(({ observedAt }) => ({ observedAtMs: instant(observedAt) })),
    };
  });
}
