import { z } from 'zod';
import { stageCategories } from '../../../domain/ticket/values';
import { id, line, recordMembers } from '../../schemas';

const name = line(100);
const category = z.enum(stageCategories).meta({
  description:
    'Tickets in an open stage are at work, in a paused one they wait, in a closed one they are done.',
});
const cancels = z.boolean().meta({
  description:
    'A closed stage for tickets that were not solved: it does not count as reaching an earlier stage.',
});

export const stageBody = z.strictObject({
  name,
  category,
  cancels: cancels.optional(),
  position: z.int().min(1).max(1000).optional().meta({
    description:
      'Where it stands, 1 for first; last when left out. The stages from there on move back. New tickets start in the first open stage.',
  }),
});

export const stageChanges = z.strictObject({
  name: name.optional(),
  category: category.optional(),
  cancels: cancels.optional(),
});

export const stageOrder = z.strictObject({
  stageIds: z
    .array(id('stage'))
    .min(1)
    .max(1000)
    .meta({ description: 'Every stage of the team, each exactly once, in the new order.' }),
});

export const stage = z
  .strictObject({
    id: id('stage'),
    teamId: id('team'),
    name: z.string(),
    position: z.int().min(1),
    category,
    cancels,
    ...recordMembers,
  })
  .meta({ id: 'Stage', description: 'A column of a team’s board.' });
