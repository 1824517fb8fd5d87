import { z } from 'zod';
import { priorities } from '../../../domain/ticket/values';
import { answeredInstant, id, line, recordMembers } from '../../schemas';

const name = line(200);
const criteria = z.strictObject({
  priorities: z.array(z.enum(priorities)).max(priorities.length).optional().meta({
    description: 'Only tickets of these priorities; any when empty or left out.',
  }),
});
const target = z.strictObject({
  kind: z.literal('reach_stage'),
  stageId: id('stage').meta({ description: 'This stage or any later one that does not cancel.' }),
  minutes: z.int().min(1).max(5_256_000).meta({ description: 'In working minutes of the team’s calendar.' }),
});
const pausedStageIds = z.array(id('stage')).max(100).meta({
  description: 'Stages of the team in which the clock stands still.',
});
const pauseInPausedStages = z.boolean().meta({
  description: 'Whether the clock also stands still in every stage of the category paused.',
});
const warnAtPercent = z
  .int()
  .min(1)
  .max(99)
  .meta({ description: 'The share of the target that is at risk.' });
const onReopen = z.enum(['resume', 'restart']).meta({
  description: 'What a reopened ticket’s clock does: go on with what was left, or start again.',
});

export const policyBody = z.strictObject({
  teamId: id('team'),
  name,
  criteria: criteria.optional(),
  target,
  pausedStageIds: pausedStageIds.optional(),
  pauseInPausedStages: pauseInPausedStages.optional(),
  warnAtPercent: warnAtPercent.optional(),
  onReopen: onReopen.optional(),
});

export const policyChanges = z.strictObject({
  name: name.optional(),
  active: z.boolean().optional(),
  criteria: criteria.optional(),
  target: target.optional(),
  pausedStageIds: pausedStageIds.optional(),
  pauseInPausedStages: pauseInPausedStages.optional(),
  warnAtPercent: warnAtPercent.optional(),
  onReopen: onReopen.optional(),
  applyTo: z.enum(['new_tickets']).optional().meta({
    description:
      'To which tickets the edit applies: to those created afterwards, the one choice there is so far.',
  }),
});

const content = {
  criteria: z.strictObject({ priorities: z.array(z.enum(priorities)) }),
  target,
  pausedStageIds,
  pauseInPausedStages,
  warnAtPercent,
  onReopen,
};

export const policy = z
  .strictObject({
    id: id('slaPolicy'),
    teamId: id('team'),
    name: z.string(),
    active: z.boolean(),
    currentVersion: z
      .int()
      .min(1)
      .meta({ description: 'The version that tickets created now are measured by.' }),
    ...content,
    ...recordMembers,
  })
  .meta({
    id: 'SlaPolicy',
    description: 'A promise to customers: which tickets get how far within what time.',
  });

export const policyVersion = z
  .strictObject({
    number: z.int().min(1),
    ...content,
    createdBy: z.string().meta({ description: 'The id of the user who made it, or the system’s part.' }),
    createdAt: answeredInstant,
  })
  .meta({ id: 'SlaPolicyVersion', description: 'One version of a policy; it never changes.' });
