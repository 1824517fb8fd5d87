import { z } from 'zod';
import { answeredInstant, id } from '../../schemas';

export const followerBody = z
  .strictObject({ userId: id('user').nullable().optional(), contactId: id('contact').nullable().optional() })
  .superRefine(({ userId, contactId }, issues) => {
    if ((typeof userId === 'string') !== (typeof contactId === 'string')) return;
    const message = 'name a user or a contact, and only one of them';
    issues.addIssue({ code: 'custom', path: ['userId'], message });
    issues.addIssue({ code: 'custom', path: ['contactId'], message });
  })
  .meta({ description: 'A user or a contact: exactly one of the two.' });

export const follower = z
  .strictObject({
    id: id('follower'),
    userId: id('user').nullable(),
    contactId: id('contact').nullable(),
    createdAt: answeredInstant,
  })
  .meta({ id: 'Follower', description: 'Who is told of what happens: a user or a contact.' });
