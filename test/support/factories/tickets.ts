import { newId } from '../../../services/ids';
import type { World } from './company';
import type { TestTeam } from './teams';

export interface TestTicket {
  readonly id: string;
  readonly number: number;
}

/** A ticket as it stands a moment after it was created in a stage (New by default), without clocks. */
export async function ticket(
  world: World,
  of: TestTeam,
  options: {
    readonly stageId?: string;
    readonly subject?: string;
    readonly priority?: number;
    readonly contactId?: string | null;
    readonly assigneeId?: string | null;
    readonly saleOrderLineId?: string | null;
    readonly closedAt?: Date | null;
    readonly createdAt?: Date;
  } = {},
): Promise<TestTicket> {
  const { companyId, database } = world;
  const id = newId('ticket');
  const createdAt = options.createdAt ?? new Date();
  const stageId = options.stageId ?? of.stages.new;
  const number = await nextNumber(world, 'ticket_number');
  await database.prisma.ticket.create({
    data: {
      companyId,
      id,
      number,
      teamId: of.id,
      stageId,
      subject: options.subject ?? 'The printer is on fire',
      priority: options.priority ?? 1,
      contactId: options.contactId ?? null,
      assigneeId: options.assigneeId ?? null,
      saleOrderLineId: options.saleOrderLineId ?? null,
      closedAt: options.closedAt ?? null,
      createdAt,
      updatedAt: createdAt,
    },
  });
  await database.prisma.ticketStagePeriod.create({
    data: {
      companyId,
      ticketId: id,
      sequence: 1,
      stageId,
      enteredAt: createdAt,
      enteredBy: { type: 'user', userId: world.users.agent.id },
    },
  });
  return { id, number: Number(number) };
}

/** The next human number of the company's tickets or orders, as the database's own sequence gives it. */
export async function nextNumber(
  world: World,
  sequence: 'ticket_number' | 'sale_order_number',
): Promise<bigint> {
  const { rows } = await world.database.pool.query<{ number: number }>(
    'SELECT nextval(quote_ident($1)) AS number',
    [`${sequence}_${world.companyId}`],
  );
  return BigInt(rows[0]?.number ?? 0);
}

/** A message of the agent; its id. */
export async function message(
  world: World,
  ticketId: string,
  options: { readonly body?: string; readonly internal?: boolean } = {},
): Promise<string> {
  const id = newId('message');
  await world.database.prisma.message.create({
    data: {
      companyId: world.companyId,
      id,
      ticketId,
      userId: world.users.agent.id,
      body: options.body ?? 'Please turn it off first.',
      internal: options.internal ?? false,
    },
  });
  return id;
}

/** A user or a contact that follows the ticket; the follower's id. */
export async function ticketFollower(
  world: World,
  ticketId: string,
  who: { readonly userId: string } | { readonly contactId: string },
): Promise<string> {
  const id = newId('follower');
  await world.database.prisma.ticketFollower.create({
    data: { companyId: world.companyId, id, ticketId, ...who },
  });
  return id;
}

/** A user or a contact that follows the team; the follower's id. */
export async function teamFollower(
  world: World,
  teamId: string,
  who: { readonly userId: string } | { readonly contactId: string },
): Promise<string> {
  const id = newId('follower');
  await world.database.prisma.teamFollower.create({
    data: { companyId: world.companyId, id, teamId, ...who },
  });
  return id;
}

/** A running clock of the ticket under the policy's first version; its id. */
export async function slaClock(
  world: World,
  ticketId: string,
  policyId: string,
  options: { readonly startedAt?: Date; readonly deadline?: Date; readonly targetMinutes?: number } = {},
): Promise<string> {
  const { companyId, database } = world;
  const id = newId('slaClock');
  const startedAt = options.startedAt ?? new Date();
  const targetMinutes = options.targetMinutes ?? 480;
  const deadline = options.deadline ?? new Date(startedAt.getTime() + 7 * 86_400_000);
  await database.prisma.slaClock.create({
    data: {
      companyId,
      id,
      ticketId,
      policyId,
      policyVersion: 1,
      calendarId: world.officeCalendarId,
      calendarVersion: 1,
      timeZoneData: process.versions.tz ?? 'unknown',
      status: 'running',
      startedAt,
      targetMinutes,
      remainingMs: BigInt(targetMinutes * 60_000),
      deadline,
      atRiskAt: new Date(deadline.getTime() - 3_600_000),
    },
  });
  await database.prisma.slaClockChange.create({
    data: {
      companyId,
      clockId: id,
      sequence: 1,
      cause: 'started',
      actor: { type: 'user', userId: world.users.agent.id },
      statusAfter: 'running',
      deadlineAfter: deadline,
      createdAt: startedAt,
    },
  });
  return id;
}
