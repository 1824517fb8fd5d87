import { compileCalendar } from '../../domain/working-time';
import { newId } from '../../services/ids';
import { testApi } from '../support/api-client';
import { testDatabase } from '../support/database';
import { company, slaClock, slaPolicy, team, ticket, type World } from '../support/factories';

const database = testDatabase();
const api = testApi(database);
let world: World;
let other: World;

beforeEach(async () => {
  world = await company(database);
  other = await company(database);
});

interface Calendar {
  readonly id: string;
  readonly currentVersion: number;
  readonly version: number;
  readonly exceptions: { readonly date: string; readonly name: string }[];
}

const manager = () => api.client(world.users.manager.token);
const office = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: 540, to: 1020, week: null }));
const draft = { name: 'Office', timezone: 'Europe/Berlin', weekly: office };
const create = async (body: object = draft) => (await manager().post<Calendar>('/v1/calendars', body)).body;

describe('a calendar', () => {
  it('answers with what was sent, in one order of dates, and leaves an event', async () => {
    const body = {
      ...draft,
      cycle: { weeks: 2, anchor: '2026-01-05' },
      weekly: [
        { weekday: 1, from: 1320, to: 360, week: 1 },
        { weekday: 7, from: 0, to: 1440, week: null },
      ],
      exceptions: [
        { date: '2026-12-25', name: 'Christmas', intervals: [] },
        { date: '2026-12-24', name: 'Christmas Eve', intervals: [{ from: 540, to: 720 }] },
      ],
    };
    const made = await manager().post<Calendar>('/v1/calendars', body);
    expect(made).toMatchObject({
      status: 201,
      body: { ...body, exceptions: [body.exceptions[1], body.exceptions[0]], currentVersion: 1, version: 1 },
    });
    expect((await manager().get(`/v1/calendars/${made.body.id}`)).body).toEqual(made.body);
    const events = await database.prisma.event.findMany({ where: { subjectId: made.body.id } });
    expect(events).toMatchObject([{ kind: 'calendar.created', after: { name: 'Office' } }]);
  });

  it.each([
    ['no opening at all', { weekly: [] }, '/weekly', 'no_opening'],
    [
      'closed dates only',
      { weekly: [], exceptions: [{ date: '2026-12-25', name: 'Christmas' }] },
      '/weekly',
      'no_opening',
    ],
    [
      'a week without a cycle',
      { weekly: [{ weekday: 1, from: 0, to: 60, week: 0 }] },
      '/weekly/0/week',
      'invalid_week',
    ],
    [
      'an anchor that is no Monday',
      { cycle: { weeks: 2, anchor: '2026-01-06' } },
      '/cycle/anchor',
      'invalid_cycle',
    ],
    [
      'hours of a date that end before they begin',
      {
        exceptions: [
          { date: '2026-12-25', name: 'Christmas' },
          { date: '2026-12-26', name: 'Closed' },
          { date: '2026-12-24', name: 'Eve', intervals: [{ from: 720, to: 540 }] },
        ],
      },
      '/exceptions/2/intervals/0/to',
      'crosses_midnight',
    ],
    [
      'two exceptions on a date',
      {
        exceptions: [
          { date: '2026-12-25', name: 'Christmas' },
          { date: '2026-12-25', name: 'Again' },
        ],
      },
      '/exceptions/1/date',
      'duplicate',
    ],
  ])(
    'with %s is refused by its pointer, when made and when changed',
    async (_what, changes, pointer, code) => {
      const refusal = { status: 422, body: { code: 'validation_failed', errors: [{ pointer, code }] } };
      expect(await manager().post('/v1/calendars', { ...draft, ...changes })).toMatchObject(refusal);
      const { id } = await create();
      expect(await manager().patch(`/v1/calendars/${id}`, changes)).toMatchObject(refusal);
      expect((await manager().get(`/v1/calendars/${id}`)).body).toMatchObject({
        version: 1,
        currentVersion: 1,
      });
    },
  );

  it('that opens on one date only is taken', async () => {
    const exceptions = [{ date: '2026-05-02', name: 'Fair', intervals: [{ from: 540, to: 720 }] }];
    expect(await manager().post('/v1/calendars', { ...draft, weekly: [], exceptions })).toMatchObject({
      status: 201,
    });
  });

  it('of another company is neither read, changed, computed nor filled', async () => {
    const { id } = await create();
    const stranger = api.client(other.users.admin.token);
    const answers = [
      await stranger.get(`/v1/calendars/${id}`),
      await stranger.get(`/v1/calendars/${id}/versions`),
      await stranger.patch(`/v1/calendars/${id}`, { name: 'Taken' }),
      await stranger.post(`/v1/calendars/${id}/compute`, {
        op: 'next_opening',
        from: '2026-01-01T00:00:00Z',
      }),
      await stranger.post(`/v1/calendars/${id}/holidays/import`, { country: 'DE', years: [2026] }),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([404, 404, 404, 404, 404]);
    expect((await manager().get(`/v1/calendars/${id}`)).body).toMatchObject({ name: 'Office', version: 1 });
  });
});

describe('the versions of a calendar', () => {
  it('are kept for ever; a new name makes none, the same hours make none', async () => {
    const { id } = await create();
    const later = [{ weekday: 1, from: 600, to: 1080, week: null }];
    const changed = await manager().patch<Calendar>(`/v1/calendars/${id}`, { weekly: later });
    expect(changed.body).toMatchObject({ weekly: later, currentVersion: 2, version: 2 });
    const renamed = await manager().patch<Calendar>(`/v1/calendars/${id}`, { name: 'Late', weekly: later });
    expect(renamed.body).toMatchObject({ name: 'Late', currentVersion: 2, version: 3 });
    const moved = await manager().patch<Calendar>(`/v1/calendars/${id}`, { timezone: 'Asia/Tokyo' });
    expect(moved.body).toMatchObject({ timezone: 'Asia/Tokyo', currentVersion: 3 });
    const { body } = await manager().get<{ data: object[] }>(`/v1/calendars/${id}/versions`);
    expect(body.data).toMatchObject([
      { number: 3, timezone: 'Asia/Tokyo', weekly: later, createdBy: world.users.manager.id },
      { number: 2, timezone: 'Europe/Berlin', weekly: later },
      { number: 1, timezone: 'Europe/Berlin', weekly: office },
    ]);
  });

  it('come in pages', async () => {
    const { id } = await create();
    for (const to of [1030, 1040, 1050]) {
      await manager().patch(`/v1/calendars/${id}`, { weekly: [{ weekday: 1, from: 540, to }] });
    }
    const numbers: number[] = [];
    let cursor = '';
    do {
      const { body } = await manager().get<{ data: { number: number }[]; nextCursor: string | null }>(
        `/v1/calendars/${id}/versions?limit=1&sort=number${cursor}`,
      );
      numbers.push(...body.data.map((version) => version.number));
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    expect(numbers).toEqual([1, 2, 3, 4]);
  });

  it('are not lost when two change the calendar at once: with If-Match one is refused, without both are made', async () => {
    const { id } = await create();
    const change = (to: number, headers: Record<string, string>) =>
      manager().patch<Calendar>(
        `/v1/calendars/${id}`,
        { weekly: [{ weekday: 1, from: 540, to }] },
        { headers },
      );
    const guarded = await Promise.all([1030, 1040].map((to) => change(to, { 'If-Match': '"v1"' })));
    expect(guarded.map((answer) => answer.status).sort()).toEqual([200, 412]);
    const free = await Promise.all([1050, 1060].map((to) => change(to, {})));
    expect(free.map((answer) => answer.body.currentVersion).sort()).toEqual([3, 4]);
  });
});

describe('a change of hours', () => {
  it('leaves one job for each open ticket with a live clock of the teams that work by it, and for no other', async () => {
    const { id } = await create();
    const own = await team(world, { calendarId: id });
    const second = await team(world, { calendarId: id });
    const elsewhere = await team(world);
    const policies = new Map(
      await Promise.all(
        [own, second, elsewhere].map(async (of) => [of.id, await slaPolicy(world, of)] as const),
      ),
    );
    const timed = async (of: typeof own, status: string, options: Parameters<typeof ticket>[2] = {}) => {
      const { id: ticketId } = await ticket(world, of, options);
      const clockId = await slaClock(world, ticketId, policies.get(of.id) as string);
      const changes = status === 'paused' ? { status, deadline: null, atRiskAt: null } : { status };
      await database.prisma.slaClock.updateMany({ where: { id: clockId }, data: changes });
      return ticketId;
    };
    const told = [await timed(own, 'running'), await timed(own, 'paused'), await timed(second, 'running')];
    await timed(own, 'reached');
    await timed(own, 'cancelled');
    await timed(elsewhere, 'running');
    await timed(own, 'running', { stageId: own.stages.solved, closedAt: new Date() });
    const archived = await timed(own, 'running');
    await database.prisma.ticket.updateMany({ where: { id: archived }, data: { archivedAt: new Date() } });
    await ticket(world, own);

    await manager().patch(`/v1/calendars/${id}`, { name: 'Only a name' });
    expect(await database.prisma.job.count()).toBe(0);
    const refused = await manager().patch(`/v1/calendars/${id}`, { weekly: [] });
    expect(refused.status).toBe(422);
    expect(await database.prisma.job.count()).toBe(0);

    const weekly = [{ weekday: 1, from: 600, to: 1080 }];
    expect((await manager().patch(`/v1/calendars/${id}`, { weekly })).status).toBe(200);
    const jobs = await database.prisma.job.findMany({ where: { companyId: world.companyId } });
    expect(jobs.map((job) => job.ticketId).sort()).toEqual(told.sort());
    for (const job of jobs) {
      expect(job).toMatchObject({
        kind: 'clocks_changed',
        reference: { cause: 'calendar_changed' },
        attempts: 0,
      });
      expect(job.id).toMatch(/^job_[0-9a-hjkmnp-tv-z]{26}$/);
    }
    expect(new Set(jobs.map((job) => job.id)).size).toBe(told.length);
  });
});

describe('an import of holidays', () => {
  interface Imported extends Calendar {
    readonly imported: number;
    readonly skipped: { readonly date: string; readonly name: string }[];
  }
  const importInto = (id: string, body: object, headers: Record<string, string> = {}) =>
    manager().post<Imported>(`/v1/calendars/${id}/holidays/import`, body, { headers });
  const feed = (...events: string[]): string =>
    ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN', ...events, 'END:VCALENDAR', ''].join('\r\n');
  const event = (...lines: string[]): string =>
    ['BEGIN:VEVENT', `UID:${newId('event')}`, 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT'].join(
      '\r\n',
    );
  const importFeed = (id: string, text: string) =>
    manager().post<Imported>(`/v1/calendars/${id}/holidays/import`, undefined, {
      rawBody: text,
      headers: { 'Content-Type': 'text/calendar; charset=utf-8' },
    });

  it('of a country closes its public holidays as one new version, and changes nothing the second time', async () => {
    const { id } = await create();
    const first = await importInto(id, { country: 'DE', region: 'BY', years: [2026, 2027, 2026] });
    expect(first).toMatchObject({ status: 200, body: { currentVersion: 2, version: 2, skipped: [] } });
    expect(first.body.imported).toBe(first.body.exceptions.length);
    expect(first.body.exceptions).toContainEqual({
      date: '2026-01-06',
      name: 'Heilige Drei Könige',
      intervals: [],
    });
    expect(first.body.exceptions.map(({ date }) => date)).toEqual(
      expect.arrayContaining(['2026-12-25', '2027-01-01']),
    );
    const again = await importInto(id, { country: 'DE', region: 'BY', years: [2026, 2027] });
    expect(again.body).toMatchObject({ imported: 0, currentVersion: 2, version: 2 });
    const events = await database.prisma.event.findMany({
      where: { subjectId: id },
      orderBy: { position: 'asc' },
    });
    expect(events.map(({ kind }) => kind)).toEqual(['calendar.created', 'calendar.holidays_imported']);
  });

  it('asked for twice at once makes one version', async () => {
    const { id } = await create();
    const answers = await Promise.all([1, 2].map(() => importInto(id, { country: 'AT', years: [2026] })));
    expect(answers.map(({ body }) => body.currentVersion)).toEqual([2, 2]);
    expect(answers.map(({ body }) => body.imported).sort((left, right) => left - right)[0]).toBe(0);
    expect(await database.prisma.calendarVersion.count({ where: { calendarId: id } })).toBe(2);
  });

  it('repeated with its Idempotency-Key answers what it answered', async () => {
    const { id } = await create();
    const headers = { 'Idempotency-Key': 'holidays-of-2026' };
    const first = await importInto(id, { country: 'FR', years: [2026] }, headers);
    const second = await importInto(id, { country: 'FR', years: [2026] }, headers);
    expect(second.body).toEqual(first.body);
    expect(first.body.imported).toBeGreaterThan(5);
  });

  it('keeps what a date had before', async () => {
    const exceptions = [{ date: '2026-12-25', name: 'Emergency desk', intervals: [{ from: 600, to: 660 }] }];
    const { id } = await create({ ...draft, exceptions });
    const { body } = await importInto(id, { country: 'DE', years: [2026] });
    expect(body.exceptions.filter(({ date }) => date === '2026-12-25')).toEqual(exceptions);
  });

  it('names holidays of part of a day and leaves them out', async () => {
    const { id } = await create();
    const { body } = await importInto(id, { country: 'IS', years: [2026] });
    expect(body.skipped).toContainEqual({ date: '2026-12-24', name: 'Aðfangadagur' });
    expect(body.exceptions.map(({ date }) => date)).not.toContain('2026-12-24');
  });

  it.each([
    [{ country: 'XX', years: [2026] }, '/country', 'unknown_value'],
    [{ country: 'DE', region: 'XX', years: [2026] }, '/region', 'unknown_value'],
    [{ country: 'DE', region: 'BY-XX', years: [2026] }, '/region', 'unknown_value'],
    [{ country: 'DE', years: [] }, '/years', 'too_short'],
    [{ country: 'DE', years: [2026], holiday: 'all' }, '/holiday', 'unknown_field'],
    [{ country: 'DE' }, '/years', 'missing'],
  ])('refuses %j by its pointer', async (body, pointer, code) => {
    const { id } = await create();
    expect(await importInto(id, body)).toMatchObject({ status: 422, body: { errors: [{ pointer, code }] } });
  });

  it('of a feed closes all-day events of one, several and recurring days', async () => {
    const { id } = await create();
    const text = feed(
      event('DTSTART;VALUE=DATE:20260501', 'SUMMARY:Labour\\, all of it'),
      event('DTSTART;VALUE=DATE:20261224', 'DTEND;VALUE=DATE:20261227', 'SUMMARY:Christmas'),
      event('DTSTART;VALUE=DATE:20260601', 'RRULE:FREQ=YEARLY;COUNT=2', 'SUMMARY:Founding day'),
      event('DTSTART;VALUE=DATE:20260707', 'STATUS:CANCELLED', 'SUMMARY:Called off'),
      event('DTSTART:20260808T120000Z', 'DTEND:20260808T140000Z', 'SUMMARY:Summer party'),
    );
    const { status, body } = await importFeed(id, text);
    expect(status).toBe(200);
    expect(body.exceptions.map(({ date, name }) => `${date} ${name}`)).toEqual([
      '2026-05-01 Labour, all of it',
      '2026-06-01 Founding day',
      '2026-12-24 Christmas',
      '2026-12-25 Christmas',
      '2026-12-26 Christmas',
      '2027-06-01 Founding day',
    ]);
    expect(body).toMatchObject({ imported: 6, skipped: [{ date: '2026-08-08', name: 'Summer party' }] });
    expect((await importFeed(id, text)).body).toMatchObject({ imported: 0, currentVersion: 2 });
  });

  it('takes an event that ends on the day it begins for that day, and names that anybody may read', async () => {
    const { id } = await create();
    const long = `${'x'.repeat(199)}\u{1f384}`;
    const { status, body } = await importFeed(
      id,
      feed(
        event('DTSTART;VALUE=DATE:20260501', 'DTEND;VALUE=DATE:20260501', 'SUMMARY:Labour\u0000\u0007 Day'),
        event('DTSTART;VALUE=DATE:20261224', `SUMMARY:${long}`),
      ),
    );
    expect(status).toBe(200);
    expect(body.exceptions.map(({ date, name }) => [date, name])).toEqual([
      ['2026-05-01', 'Labour Day'],
      ['2026-12-24', 'x'.repeat(199)],
    ]);
  });

  it('lays an endless recurrence out for some years only', async () => {
    const { id } = await create();
    const { body } = await importFeed(
      id,
      feed(event('DTSTART;VALUE=DATE:20250102', 'RRULE:FREQ=YEARLY', 'SUMMARY:Day')),
    );
    expect(body.exceptions.at(-1)?.date).toBe(`${new Date().getUTCFullYear() + 5}-01-02`);
  });

  it.each([
    ['text', 'hello'],
    ['another component', 'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada\r\nEND:VCARD\r\n'],
    ['half a calendar', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n'],
    ['an event without a start', feed(event('SUMMARY:When?'))],
    ['a start that is no date', feed(event('DTSTART;VALUE=DATE:2026', 'SUMMARY:When?'))],
    ['a recurrence by the second', feed(event('DTSTART;VALUE=DATE:20260101', 'RRULE:FREQ=SECONDLY'))],
    [
      'a recurrence that is looked for too long',
      feed(event('DTSTART;VALUE=DATE:20260101', 'RRULE:FREQ=WEEKLY;INTERVAL=9999;BYMONTH=2;BYDAY=MO')),
    ],
    ['a day for ever', feed(event('DTSTART;VALUE=DATE:19000101', 'DTEND;VALUE=DATE:29000101'))],
    ['a date of the year 0', feed(event('DTSTART;VALUE=DATE:00000101', 'SUMMARY:When?'))],
    [
      'a recurrence that never comes about',
      feed(event('DTSTART;VALUE=DATE:20260106', 'RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=MO', 'SUMMARY:Never')),
    ],
    [
      'a recurrence of days of no length',
      feed(event('DTSTART;VALUE=DATE:00010101', 'DTEND;VALUE=DATE:00010101', 'RRULE:FREQ=DAILY')),
    ],
  ])('refuses %s and changes nothing', async (_what, text) => {
    const { id } = await create();
    expect(await importFeed(id, text)).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect((await manager().get(`/v1/calendars/${id}`)).body).toMatchObject({ version: 1, exceptions: [] });
  });
});

describe('a computation', () => {
  interface Result {
    readonly instant: string | null;
    readonly milliseconds: number | null;
    readonly calendarVersion: number;
    readonly segments:
      | { readonly minutes: number; readonly counted: boolean; readonly name: string | null }[]
      | null;
  }
  const body = {
    ...draft,
    exceptions: [
      { date: '2026-05-01', name: 'Labour Day', intervals: [] },
      { date: '2026-04-30', name: 'Dance into May', intervals: [{ from: 540, to: 720 }] },
    ],
  };
  const engine = compileCalendar({
    timezone: 'Europe/Berlin',
    weekly: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '09:00', to: '17:00' })),
    holidays: [{ date: '2026-05-01', name: 'Labour Day' }],
    overrides: [{ date: '2026-04-30', name: 'Dance into May', intervals: [{ from: '09:00', to: '12:00' }] }],
  });
  const from = '2026-04-29T14:30:00.000Z';
  const fromMs = Date.parse(from);
  const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  const ask = async (id: string, question: object) =>
    (await manager().post<Result>(`/v1/calendars/${id}/compute`, question)).body;

  it('answers what the engine answers, with segments that add up', async () => {
    const { id } = await create(body);
    const added = await ask(id, { op: 'add', from, minutes: 600 });
    expect(added.instant).toBe(iso(engine.addMs(fromMs, 600 * 60_000)));
    const counted = (added.segments ?? []).filter((segment) => segment.counted);
    expect(counted.reduce((sum, segment) => sum + segment.minutes, 0)).toBe(600);
    expect(added.segments?.map((segment) => segment.name)).toEqual(
      expect.arrayContaining(['Labour Day', 'Dance into May']),
    );
    expect((await ask(id, { op: 'add', from, minutes: -600 })).instant).toBe(
      iso(engine.addMs(fromMs, -600 * 60_000)),
    );
    expect((await ask(id, { op: 'next_opening', from: '2026-04-30T10:00:00Z' })).instant).toBe(
      iso(engine.nextOpening(Date.parse('2026-04-30T10:00:00Z'))),
    );
    expect((await ask(id, { op: 'previous_closing', from: '2026-05-02T10:00:00Z' })).instant).toBe(
      iso(engine.previousClosing(Date.parse('2026-05-02T10:00:00Z'))),
    );
    expect((await ask(id, { op: 'add_days', from, days: 3, minutes: 30 })).instant).toBe(
      iso(engine.addDays(fromMs, 3, 30 * 60_000)),
    );
    const to = '2026-05-05T10:00:30.500+02:00';
    const between = await ask(id, { op: 'between', from, to });
    const exact = engine.betweenMs(fromMs, Date.parse(to));
    expect(between).toMatchObject({
      instant: null,
      milliseconds: exact,
      minutes: Math.trunc(exact / 60_000),
    });
    expect((await ask(id, { op: 'between', from: to, to: from })).milliseconds).toBe(-exact);
  });

  it('goes by the present version or by the one named', async () => {
    const { id } = await create(body);
    await manager().patch(`/v1/calendars/${id}`, { exceptions: [] });
    const question = { op: 'add', from, minutes: 600 };
    const present = await ask(id, question);
    const former = await ask(id, { ...question, calendarVersion: 1 });
    expect([present.calendarVersion, former.calendarVersion]).toEqual([2, 1]);
    expect(former.instant).toBe(iso(engine.addMs(fromMs, 600 * 60_000)));
    expect(present.instant).not.toBe(former.instant);
    expect(
      await manager().post(`/v1/calendars/${id}/compute`, { ...question, calendarVersion: 3 }),
    ).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/calendarVersion', code: 'unknown_reference' }] },
    });
  });

  it('without an answer says so, and a long one comes without segments', async () => {
    const exceptions = [{ date: '2026-05-02', name: 'Fair', intervals: [{ from: 540, to: 600 }] }];
    const { id } = await create({ ...draft, weekly: [], exceptions });
    expect(await ask(id, { op: 'add', from, minutes: 61 })).toMatchObject({ instant: null, segments: [] });
    const always = world.alwaysCalendarId;
    expect(await ask(always, { op: 'add', from, minutes: 100_000_000 })).toMatchObject({
      instant: iso(fromMs + 100_000_000 * 60_000),
      segments: null,
    });
    const late = await ask(always, { op: 'add', from: '9999-12-31T00:00:00Z', minutes: 2000 });
    expect(late).toMatchObject({ instant: null, segments: [] });
    const early = await ask(always, { op: 'add', from: '0001-01-01T00:00:00Z', minutes: -2000 });
    expect(early).toMatchObject({ instant: null, segments: [] });
  });

  it('writes nothing', async () => {
    const { id } = await create(body);
    const before = await database.prisma.event.count();
    await ask(id, { op: 'add', from, minutes: 1 });
    expect(await database.prisma.event.count()).toBe(before);
  });
});
