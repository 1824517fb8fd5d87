import { z } from 'zod';
import { id, line, recordMembers } from '../../schemas';

const members = { name: line(200), contactId: id('contact').nullable().optional() };

export const projectBody = z.strictObject(members);

export const projectChanges = z.strictObject({ ...members, name: members.name.optional() });

export const project = z
  .strictObject({
    id: id('project'),
    name: z.string(),
    contactId: id('contact').nullable(),
    ...recordMembers,
  })
  .meta({ id: 'Project', description: 'Where the time of teams belongs.' });
