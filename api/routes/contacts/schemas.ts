import { z } from 'zod';
import { email, id, line, recordMembers } from '../../schemas';

const members = {
  name: line(200),
  organisationId: id('contact').nullable().optional(),
  email: email.nullable().optional(),
  phone: line(50).nullable().optional(),
};

export const contactBody = z.strictObject({ kind: z.enum(['person', 'organisation']), ...members });

export const contactChanges = z.strictObject({ ...members, name: members.name.optional() });

export const contact = z
  .strictObject({
    id: id('contact'),
    kind: z.enum(['person', 'organisation']),
    organisationId: id('contact').nullable(),
    name: z.string(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    ...recordMembers,
  })
  .meta({
    id: 'Contact',
    description: 'A person or an organisation; a person may belong to an organisation.',
  });
