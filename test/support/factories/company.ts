import { randomBytes } from 'node:crypto';
import { type Role, roles, type Scope, scopes } from '../../../domain/shared/actor';
import type { Database } from '../../../prisma/client';
import { apiKeyPrefix, hashSecret, sessionTokenPrefix } from '../../../services/access/authenticate';
import type { Command, Context } from '../../../services/context';
import { newId } from '../../../services/ids';

export interface TestUser {
  readonly id: string;
  readonly role: Role;
  readonly email: string;
  readonly name: string;
  /** A valid login token, for `Authorization: Bearer`. */
  readonly token: string;
}

/** One company with everything a ticket's life needs; make a second one to test that they are kept apart. */
export interface World {
  readonly database: Database;
  readonly companyId: string;
  /** One user of each role. */
  readonly users: Readonly<Record<Role, TestUser>>;
  /** Mon–Fri 9:00–17:00 Europe/Berlin. */
  readonly officeCalendarId: string;
  /** Open all the time, UTC. */
  readonly alwaysCalendarId: string;
}

/** A company with one logged-in user of each role and two calendars. */
export async function company(database: Database): Promise<World> {
  const companyId = newId('company');
  await database.prisma.company.create({
    data: { id: companyId, name: 'Northwind Support', timezone: 'Europe/Berlin', currency: 'EUR' },
  });
  const users = await createUsers(database, companyId, roles);
  const world = {
    database,
    companyId,
    users: Object.fromEntries(users.map((user) => [user.role, user])) as Record<Role, TestUser>,
  };
  const weekdays = [1, 2, 3, 4, 5, 6, 7];
  return {
    ...world,
    officeCalendarId: await calendar(world, {
      name: 'Office hours',
      timezone: 'Europe/Berlin',
      intervals: weekdays.slice(0, 5).map((weekday) => ({ weekday, fromMinute: 540, toMinute: 1020 })),
    }),
    alwaysCalendarId: await calendar(world, {
      name: 'Around the clock',
      timezone: 'UTC',
      intervals: weekdays.map((weekday) => ({ weekday, fromMinute: 0, toMinute: 1440 })),
    }),
  };
}

async function createUsers(
  database: Database,
  companyId: string,
  userRoles: readonly Role[],
): Promise<TestUser[]> {
  const users = userRoles.map((role) => {
    const id = newId('user');
    const token = secret(sessionTokenPrefix);
    return { id, role, email: `${role}.${id}@northwind.test`, name: `Test ${role}`, token };
  });
  await database.prisma.user.createMany({
    data: users.map(({ id, role, email, name }) => ({
      companyId,
      id,
      role,
      email,
      name,
      passwordHash: 'none: this user logs in by token only',
    })),
  });
  await database.prisma.session.createMany({
    data: users.map((user) => ({
      companyId,
      id: newId('session'),
      userId: user.id,
      tokenHash: Uint8Array.from(hashSecret(user.token)),
      expiresAt: new Date(Date.now() + 3_600_000),
    })),
  });
  return users;
}

function secret(prefix: string): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

/** One more user of the company, logged in. */
export async function user(world: World, role: Role = 'agent'): Promise<TestUser> {
  const [created] = await createUsers(world.database, world.companyId, [role]);
  if (created === undefined) throw new Error('no user was made');
  return created;
}

/** An API key of a user (the admin's by default) with its secret; every scope unless named. */
export async function apiKey(
  world: World,
  options: { readonly userId?: string; readonly scopes?: readonly Scope[] } = {},
): Promise<{ id: string; secret: string }> {
  const id = newId('apiKey');
  const key = secret(apiKeyPrefix);
  await world.database.prisma.apiKey.create({
    data: {
      companyId: world.companyId,
      id,
      userId: options.userId ?? world.users.admin.id,
      name: 'Integration',
      secretHash: Uint8Array.from(hashSecret(key)),
      hint: key.slice(-4),
      scopes: [...(options.scopes ?? scopes)],
    },
  });
  return { id, secret: key };
}

export interface CalendarDraft {
  readonly name: string;
  readonly timezone: string;
  readonly intervals: readonly { weekday: number; fromMinute: number; toMinute: number; week?: number }[];
  readonly exceptions?: readonly { date: string; name: string; intervals?: { from: number; to: number }[] }[];
}

/** A calendar in its first version; its id. */
export async function calendar(
  world: Pick<World, 'database' | 'companyId' | 'users'>,
  draft: CalendarDraft,
): Promise<string> {
  const { companyId, database } = world;
  const id = newId('calendar');
  await database.prisma.calendar.create({
    data: { companyId, id, name: draft.name, timezone: draft.timezone, currentVersion: 1 },
  });
  await database.prisma.calendarVersion.create({
    data: { companyId, calendarId: id, number: 1, timezone: draft.timezone, createdBy: world.users.admin.id },
  });
  await database.prisma.calendarInterval.createMany({
    data: draft.intervals.map((interval, position) => ({
      companyId,
      calendarId: id,
      version: 1,
      position,
      ...interval,
    })),
  });
  await database.prisma.calendarException.createMany({
    data: (draft.exceptions ?? []).map((exception) => ({
      companyId,
      calendarId: id,
      version: 1,
      date: new Date(exception.date),
      name: exception.name,
      intervals: exception.intervals ?? [],
    })),
  });
  return id;
}

/** The context a request of this user would give its verb. */
export function contextFor(
  world: World,
  options: {
    readonly role?: Role;
    readonly userId?: string;
    readonly command?: Command;
    readonly now?: () => Date;
  } = {},
): Context {
  const role = options.role ?? 'admin';
  return {
    companyId: world.companyId,
    actor: { type: 'user', userId: options.userId ?? world.users[role].id },
    role,
    requestId: newId('request'),
    command: options.command ?? null,
    database: world.database,
    now: options.now ?? (() => new Date()),
  };
}

/** The command of a request that carries an `Idempotency-Key`. */
export function commandFor(fingerprint = 'fingerprint'): Command {
  return { commandId: newId('command'), fingerprint, replayed: false };
}

let addresses = 0;

/** An address nobody else has in this run: an address is one account, and one contact of a company. */
export function uniqueEmail(): string {
  addresses += 1;
  return `somebody.${process.pid}.${addresses}@customer.test`;
}
