import { z } from 'zod';
import { contactKinds } from '../../../services/contacts/contact';
import { email, id, line, recordMembers } from '../../schemas';

const members = {
  name: line(200),
  organisationId: id('contact').nullable().optional(),
  email: email.nullable().optional(),
  phone: line(50).nullable().optional(),
};

export const contactBody = z.strictObject({ kind: z.enum(contactKinds), ...members });

export const contactChanges = z.strictObject({ ...members, name: members.name.optional() });

export const contact = z
  .strictObject({
    id: id('contact'),
    kind: z.enum(contactKinds),
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

export const erasure = z
  .strictObject({
    contactId: id('contact'),
    nameKept: z.boolean(),
    tickets: z.int().min(0),
    messages: z.int().min(0),
    followers: z.int().min(0),
  })
  .meta({ id: 'Erasure', description: 'What was erased of a person, as counts.' });
