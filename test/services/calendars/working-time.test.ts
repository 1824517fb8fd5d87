import { toDefinition } from '../../../services/calendars/definition';
import { updateCalendar } from '../../../services/calendars/update-calendar';
import { loadWorkingTime } from '../../../services/calendars/working-time';
import type { Queryable } from '../../../services/listing';
import { within } from '../../../services/prisma-queryable';
import { testDatabase } from '../../support/database';
import { company, contextFor, type World } from '../../support/factories';

const database = testDatabase();
let world: World;

beforeAll(async () => {
  world = await company(database);
});

const pool = (): Queryable => database.pool as Queryable;
const mondayMs = Date.parse('2026-03-02T00:00:00+01:00');
const hourMs = 3_600_000;

describe('the working time of a stored version', () => {
  it('is that of its rows, inside a transaction as outside', async () => {
    const { companyId, officeCalendarId } = world;
    const inside = await database.prisma.$transaction((db) =>
      loadWorkingTime(within(db), companyId, officeCalendarId, 1),
    );
    expect(inside.nextOpening(mondayMs)).toBe(mondayMs + 9 * hourMs);
    expect(inside.addMs(mondayMs, 8 * hourMs)).toBe(mondayMs + 17 * hourMs);
    expect(await loadWorkingTime(pool(), companyId, officeCalendarId, 1)).toBe(inside);
  });

  it('stays as it was when the calendar is changed', async () => {
    const { companyId, alwaysCalendarId } = world;
    const weekly = [{ weekday: 1, from: 600, to: 660, week: null }];
    await updateCalendar(
      contextFor(world),
      alwaysCalendarId,
      { weekly, timezone: 'Europe/Berlin' },
      undefined,
    );
    const [former, present] = await Promise.all(
      [1, 2].map((version) => loadWorkingTime(pool(), companyId, alwaysCalendarId, version)),
    );
    expect(former?.nextOpening(mondayMs)).toBe(mondayMs);
    expect(present?.nextOpening(mondayMs)).toBe(mondayMs + 10 * hourMs);
  });

  it('is not found for an unknown version or another company', async () => {
    const other = await company(database);
    const { officeCalendarId } = world;
    const refusal = { code: 'not_found' };
    await expect(loadWorkingTime(pool(), world.companyId, officeCalendarId, 9)).rejects.toMatchObject(
      refusal,
    );
    await expect(loadWorkingTime(pool(), other.companyId, officeCalendarId, 1)).rejects.toMatchObject(
      refusal,
    );
  });

  it('does not pile up: the calendar used longest ago is compiled anew', async () => {
    const { companyId } = world;
    let reads = 0;
    const counting: Queryable = {
      query: () => {
        reads += 1;
        const content = {
          timezone: 'UTC',
          weekly: [{ weekday: 1, from: 0, to: 60, week: null }],
          cycle: null,
          exceptions: [],
        };
        return Promise.resolve({ rows: [content] });
      },
    };
    const kept = await loadWorkingTime(counting, companyId, 'kept', 1);
    for (let version = 1; version <= 600; version++) {
      await loadWorkingTime(counting, companyId, 'many', version);
      await loadWorkingTime(counting, companyId, 'kept', 1);
    }
    expect(reads).toBe(601);
    expect(await loadWorkingTime(counting, companyId, 'kept', 1)).toBe(kept);
    await loadWorkingTime(counting, companyId, 'many', 1);
    expect(reads).toBe(602);
  });
});

it('a definition has closed dates as holidays, other hours as overrides, and clock times up to 24:00', () => {
  expect(
    toDefinition({
      timezone: 'UTC',
      weekly: [
        { weekday: 1, from: 0, to: 1440, week: null },
        { weekday: 2, from: 1330, to: 5, week: 1 },
      ],
      cycle: { weeks: 2, anchor: '2026-01-05' },
      exceptions: [
        { date: '2026-12-25', name: 'Christmas', intervals: [] },
        { date: '2026-12-24', name: 'Eve', intervals: [{ from: 545, to: 720 }] },
      ],
    }),
  ).toEqual({
    timezone: 'UTC',
    weekly: [
      { weekday: 1, from: '00:00', to: '24:00' },
      { weekday: 2, from: '22:10', to: '00:05', week: 1 },
    ],
    cycle: { weeks: 2, anchor: '2026-01-05' },
    holidays: [{ date: '2026-12-25', name: 'Christmas' }],
    overrides: [{ date: '2026-12-24', name: 'Eve', intervals: [{ from: '09:05', to: '12:00' }] }],
  });
});
