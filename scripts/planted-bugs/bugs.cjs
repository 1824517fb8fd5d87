/**
 * Guards and the tests that stand for them. Each entry takes one guard out of the product; its test must fail then.
 * @type {readonly {
 *   name: string, // what goes wrong without the guard
 *   test: string, // the test file that notices
 *   testName?: string, // the test within it, as jest's -t takes it
 *   file: string, // where the guard stands
 *   find: string, // the guard; stands there exactly once
 *   replace: string,
 * }[]}
 */
exports.plantedBugs = [
  {
    name: 'a repeated key has its effect again',
    test: 'test/api/idempotency.test.ts',
    file: 'services/transaction.ts',
    find: 'if (claimed.length === 1) return undefined;',
    replace: 'if (claimed.length <= 1) return undefined;',
  },
  {
    name: 'changes leave no event',
    test: 'test/api/events.test.ts',
    file: 'services/transaction.ts',
    find: 'if (events.length > 0) await appendEvents(context, sql, events);',
    replace: '',
  },
  {
    name: 'a verb without an event commits',
    test: 'test/services/transaction.test.ts',
    file: 'services/transaction.ts',
    find: "if (events.length === 0 && !unchanged) throw new Error('a transaction recorded no event');",
    replace: '',
  },
  {
    name: 'the feed shows events before older transactions have ended',
    test: 'test/api/event-feed.test.ts',
    file: 'services/events/read-feed.ts',
    find: 'AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())',
    replace: '',
  },
  {
    name: 'a ticket of another company is found',
    test: 'test/api/other-company.test.ts',
    file: 'services/tickets/resolve-ticket.ts',
    find: 'WHERE t.company_id = ${company} AND ${named}',
    replace: 'WHERE (t.company_id = ${company} OR true) AND ${named}',
  },
  {
    name: 'roles and scopes are not looked at',
    test: 'test/api/access-matrix.test.ts',
    file: 'api/router.ts',
    find: 'requireAccess(identity, route.access);',
    replace: 'void requireAccess;',
  },
  {
    name: 'unknown fields are taken for nothing',
    test: 'test/api/bad-input.test.ts',
    file: 'api/parse.ts',
    find: 'if (result.success) return result.data;',
    replace:
      "if (result.success || result.error.issues.every(({ code }) => code === 'unrecognized_keys'))\n    return result.data as z.output<Schema>;",
  },
  {
    name: 'time is applied again',
    test: 'test/services/timesheets/apply-timesheet.test.ts',
    file: 'services/timesheets/apply-timesheet.ts',
    find: 'if (entry.appliedVersion === entry.version) {',
    replace: 'if (entry.appliedVersion === -1) {',
  },
  {
    name: 'a run drafts an order again',
    test: 'test/services/invoicing/draft-invoice.test.ts',
    file: 'services/invoicing/draft-invoice.ts',
    find: "if (runOrder.status !== 'pending') {",
    replace: "if (runOrder.status === 'refused') {",
  },
  {
    name: 'a number is spent by a post that is rolled back',
    test: 'test/services/invoicing/post-invoice.test.ts',
    file: 'services/invoicing/post-invoice.ts',
    find: 'const [row] = await db.$queryRaw<{ year: number; number: number }[]>`',
    replace: 'const [row] = await context.database.prisma.$queryRaw<{ year: number; number: number }[]>`',
  },
  {
    name: 'workflow code changes without patched',
    test: 'test/replay/replay.test.ts',
    file: 'workflows/ticket/workflow.ts',
    find: 'this.update(await loadTicket(this.ticket));\n    if (this.billing.needsOperator',
    replace:
      'this.update(await loadTicket(this.ticket));\n    this.update(await loadTicket(this.ticket));\n    if (this.billing.needsOperator',
  },
  {
    name: 'a pure rule reads a file',
    test: 'test/unit/architecture.test.ts',
    file: 'domain/shared/assert-never.ts',
    find: 'export function assertNever',
    replace: "import 'node:fs';\nexport function assertNever",
  },
  {
    name: 'a decision that nobody took stays open for ever',
    test: 'test/services/reconcile/sweep.test.ts',
    file: 'services/reconcile/sweep.ts',
    find: "WHERE status = 'pending' AND created_at <",
    replace: "WHERE status = 'applied' AND created_at <",
  },
  {
    name: 'the relay forgets what it has not sent',
    test: 'test/faults/api-killed.test.ts',
    file: 'worker/relay.ts',
    find: 'this.send(jobs).then(',
    replace: 'Promise.resolve().then(',
  },
  {
    name: 'time is applied again by the second attempt',
    test: 'test/faults/worker-killed.test.ts',
    testName: 'while it bills',
    file: 'services/timesheets/apply-timesheet.ts',
    find: 'if (entry.appliedVersion === entry.version) {',
    replace: 'if (entry.appliedVersion === -1) {',
  },
  {
    name: 'events commit before what they tell of',
    test: 'test/faults/worker-killed.test.ts',
    testName: 'while it bills',
    file: 'services/transaction.ts',
    find: 'await appendEvents(context, sql, events);',
    replace: 'await appendEvents(context, context.database.pool, events);',
  },
  {
    name: 'the relay forgets a job before it sends it',
    test: 'test/faults/crash-points.test.ts',
    file: 'worker/relay.ts',
    find: 'this.send(jobs).then(',
    replace:
      "this.options.database.pool\n      .query('DELETE FROM job WHERE position = ANY($1)', [positions])\n      .then(() => this.send(jobs)).then(",
  },
  {
    name: 'what happened while Temporal was away is forgotten',
    test: 'test/faults/temporal-stopped.test.ts',
    file: 'worker/relay.ts',
    find: 'else this.pauseForOutage(error);',
    replace: 'else this.delivered.push({ ticketId, positions });',
  },
  {
    name: 'the newest fact of a ticket is told first',
    test: 'test/faults/temporal-stopped.test.ts',
    file: 'worker/outbox.ts',
    find: 'left.position - right.position',
    replace: 'right.position - left.position',
  },
  {
    name: 'messages of a ticket are committed side by side',
    test: 'test/api/messages.test.ts',
    testName: 'never appear before',
    file: 'services/messages/post-message.ts',
    find: 'await waitForOthers(db, ticketId);',
    replace: 'void waitForOthers;',
  },
  {
    name: 'a new ticket waits behind the backlog of an outage',
    test: 'test/worker/relay.test.ts',
    testName: 'a new ticket does not wait',
    file: 'worker/relay.ts',
    find: '{ oldest: 48, newest: 16 }',
    replace: '{ oldest: 64, newest: 0 }',
  },
  {
    name: 'a transaction that lost a statement commits nothing and says nothing',
    test: 'test/services/transaction.test.ts',
    file: 'services/statements-transaction.ts',
    find: "if (command !== 'COMMIT') throw new Error('a transaction went on after a statement of it had failed');",
    replace: 'void command;',
  },
  {
    name: 'a random run meets an API that ignores If-Match',
    test: 'test/faults/random-faults.test.ts',
    file: 'services/listing.ts',
    find: 'if (expected !== undefined && expected !== present) {',
    replace: 'if (expected === -1 && expected !== present) {',
  },
  {
    name: 'a lost idle connection ends the process',
    test: 'test/faults/postgres-killed.test.ts',
    file: 'prisma/client.ts',
    find: "pool.on('error', (error) => options.onIdleError?.(error));",
    replace: '',
  },
  {
    name: 'commits are acknowledged before they are durable',
    test: 'test/faults/postgres-killed.test.ts',
    file: 'prisma/client.ts',
    find: 'keepAlive: true,',
    replace: "keepAlive: true,\n    options: '-c synchronous_commit=off',",
  },
  {
    name: 'a random run meets a relay that forgets jobs before it sends them',
    test: 'test/faults/random-faults.test.ts',
    file: 'worker/relay.ts',
    find: 'for (const ticket of tickets) this.deliver(ticket);',
    replace:
      "await lock.query('DELETE FROM job WHERE position = ANY($1)', [tickets.flatMap(({ jobs }) => jobs.map(({ position }) => position))]);\n      for (const ticket of tickets) this.deliver(ticket);",
  },
  {
    name: 'a request sent again is a command of its own',
    test: 'test/faults/api-killed.test.ts',
    file: 'api/middleware/request-context.ts',
    find: "key === undefined ? newId('command') : derivedId('command', identity.companyId, identity.userId, key);",
    replace: "derivedId('command', newId('command'));",
  },
  {
    name: 'a breach is dated when it is seen',
    test: 'test/faults/worker-killed.test.ts',
    testName: 'a deadline that passes',
    file: 'domain/sla/clock.ts',
    find: 'breachedAtMs: breached ? deadlineMs : null,',
    replace: 'breachedAtMs: breached ? nowMs : null,',
  },
  {
    name: 'logged time forgets its key',
    test: 'test/faults/crash-points.test.ts',
    file: 'services/timesheets/log-time.ts',
    find: 'commandId: context.command?.commandId ?? null,',
    replace: 'commandId: null,',
  },
  {
    name: 'a run drafts an order again after a crash',
    test: 'test/faults/crash-points.test.ts',
    file: 'services/invoicing/draft-invoice.ts',
    find: "if (runOrder.status !== 'pending') {",
    replace: "if (runOrder.status === 'refused') {",
  },
];
