import { systemContext } from '../../services/context';
import { applyTimesheet } from '../../services/timesheets/apply-timesheet';
import type { TimesheetView } from '../../services/timesheets/timesheet';
import { type Answer, testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { company, type Everything, everything } from '../support/factories';

const database = testDatabase();
const api = testApi(database);
let world: Everything;

beforeEach(async () => {
  world = await everything(await company(database));
  api.log.clear();
});

const agent = () => api.client(world.users.agent.token);
const patient = { Prefer: 'wait=20' };

const pending = () => ({
  companyId: world.companyId,
  appliedVersion: { lt: database.prisma.timesheetEntry.fields.version },
});
const pendingEntry = async (): Promise<boolean> =>
  (await database.prisma.timesheetEntry.count({ where: pending() })) > 0;

/** Nobody can ask whether the ledger holds anything, as when the database is lost, until `during` is over. */
async function withoutTheLedger(
  during: () => Promise<Answer<TimesheetView>>,
): Promise<Answer<TimesheetView>> {
  await database.pool.query('ALTER TABLE timesheet_entry RENAME COLUMN applied_version TO hidden');
  try {
    return await during();
  } finally {
    await database.pool.query('ALTER TABLE timesheet_entry RENAME COLUMN hidden TO applied_version');
  }
}

/** The request's answer when `trouble` comes once what it asks for is committed. */
async function answerBesides(
  request: () => Promise<Answer<TimesheetView>>,
  trouble: () => Promise<unknown>,
): Promise<Answer<TimesheetView>> {
  const answered = request();
  await eventually('the entry is there', pendingEntry);
  return withoutTheLedger(async () => {
    await trouble();
    return answered;
  });
}

const nothing = (): Promise<void> => Promise.resolve();
const endsSession = () =>
  database.prisma.session.updateMany({
    where: { companyId: world.companyId },
    data: { revokedAt: new Date() },
  });

const logging = () =>
  agent().post<TimesheetView>(
    '/v1/timesheets',
    { ticketId: world.ticket.id, date: '2026-03-02', minutes: 45, description: 'Replaced the fuser.' },
    { headers: patient },
  );
const changing = () =>
  agent().patch<TimesheetView>(`/v1/timesheets/${world.entryId}`, { minutes: 50 }, { headers: patient });
const stopping = () =>
  agent().post<TimesheetView>(
    `/v1/tickets/${world.ticket.id}/timer/stop`,
    { description: 'Replaced the fuser.' },
    { headers: patient },
  );

describe('what is committed is answered, whatever becomes of the waiting for it', () => {
  it.each([
    ['logged time, when the database is lost', 201, logging, nothing],
    ['changed time, when the database is lost', 200, changing, nothing],
    ['logged time, when the caller’s login ends besides', 201, logging, endsSession],
  ])('%s', async (_what, status, request, trouble) => {
    // Remembered from here on, the caller is looked up again only when something fails.
    await agent().get('/v1/timesheets');
    const answer = await answerBesides(request, trouble);
    expect(answer).toMatchObject({ status, body: { billing: { state: 'pending' } } });
    expect(answer.headers.get('preference-applied')).toBeNull();
    expect(api.log.lines()).toContainEqual(
      expect.objectContaining({
        msg: 'answered all the same',
        requestId: answer.headers.get('x-request-id'),
      }),
    );
  });

  it('a stopped timer, when the database is lost', async () => {
    await agent().post(`/v1/tickets/${world.ticket.id}/timer/start`, undefined);
    const answer = await answerBesides(stopping, nothing);
    expect(answer).toMatchObject({ body: { billing: { state: 'pending' } } });
    expect(answer.status).toBeLessThan(300);
  });

  it('logged time, when the caller may not see the ticket any more', async () => {
    const { companyId } = world;
    const answered = logging();
    await eventually('the entry is there', pendingEntry);
    await database.prisma.team.updateMany({ where: { companyId }, data: { visibility: 'private' } });
    await database.prisma.teamMember.deleteMany({ where: { companyId } });
    const { id } = await database.prisma.timesheetEntry.findFirstOrThrow({ where: pending() });
    const actor = { type: 'system', process: 'workflow' } as const;
    await applyTimesheet(systemContext({ companyId, database, actor }), { entryId: id });
    expect(await answered).toMatchObject({ status: 201, body: { billing: { state: 'pending' } } });
  });
});
