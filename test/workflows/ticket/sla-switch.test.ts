import { statusQuery, type TicketStatus } from '../../../workflows/ticket/messages';
import { desk } from '../../faults/desk';
import { testApi } from '../../support/api-client';
import { testDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { testTemporal } from '../../support/temporal';
import { runningTicket } from './ticket-desk';

const database = testDatabase();
const temporal = testTemporal(database);
const api = testApi(database, temporal.api);

jest.setTimeout(90_000);

it.each([
  ['alone', false],
  ['together with other hours', true],
])(
  'a team’s SLA that is switched off and on again, %s, gives its open tickets their deadlines back',
  async (_how, otherHours) => {
    const world = await desk(database, { targetMinutes: 60 });
    const client = api.client(world.users.admin.token);
    const { id, handle } = await runningTicket(client, temporal.client, {
      teamId: world.team.id,
      subject: 'Still open',
    });
    const patch = (changes: object) => client.patch(`/v1/teams/${world.team.id}`, changes);
    const clockOf = () => database.prisma.slaClock.findFirstOrThrow({ where: { ticketId: id } });
    const status = () => handle.query<TicketStatus>(statusQuery);
    const { deadline } = await clockOf();

    expect((await patch({ slaEnabled: false })).status).toBe(200);
    await eventually(
      'the workflow waits for no deadline',
      async () => (await status()).nextDeadline === null,
    );
    expect(await clockOf()).toMatchObject({ status: 'cancelled', deadline: null });

    const hours = otherHours ? { calendarId: world.officeCalendarId } : {};
    expect((await patch({ slaEnabled: true, ...hours })).status).toBe(200);
    await eventually('the workflow waits for a deadline', async () => (await status()).nextDeadline !== null);
    const clock = await clockOf();
    expect(clock.status).toBe('running');
    expect((await status()).nextDeadline).toBe(clock.deadline?.toISOString());
    if (otherHours) expect(clock.calendarId).toBe(world.officeCalendarId);
    else expect(clock.deadline).toEqual(deadline);
  },
);
