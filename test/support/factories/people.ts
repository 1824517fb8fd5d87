import { newId } from '../../../services/ids';
import type { World } from './company';

/** A person, or an organisation; its id. */
export async function contact(
  world: World,
  options: {
    readonly kind?: 'person' | 'organisation';
    readonly organisationId?: string;
    readonly name?: string;
    readonly email?: string | null;
  } = {},
): Promise<string> {
  const id = newId('contact');
  await world.database.prisma.contact.create({
    data: {
      companyId: world.companyId,
      id,
      kind: options.kind ?? 'person',
      organisationId: options.organisationId ?? null,
      name: options.name ?? 'Ada Lovelace',
      email: options.email === undefined ? `${id}@customer.test` : options.email,
    },
  });
  return id;
}

/** An employee of 45.00 EUR an hour in the office calendar; its id. */
export async function employee(
  world: World,
  options: {
    readonly userId?: string | null;
    readonly calendarId?: string;
    readonly hourlyCostMinor?: number;
  } = {},
): Promise<string> {
  const id = newId('employee');
  await world.database.prisma.employee.create({
    data: {
      companyId: world.companyId,
      id,
      userId: options.userId ?? null,
      name: 'Erin Employee',
      calendarId: options.calendarId ?? world.officeCalendarId,
      hourlyCostMinor: BigInt(options.hourlyCostMinor ?? 4500),
      currency: 'EUR',
    },
  });
  return id;
}

/** The employee that a user is, made when there was none; its id. */
export async function employeeOf(world: World, userId: string): Promise<string> {
  const { companyId, database } = world;
  const known = await database.prisma.employee.findFirst({ where: { companyId, userId } });
  return known?.id ?? employee(world, { userId });
}
