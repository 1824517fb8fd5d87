import { z } from 'zod';
import { visibilities } from '../../../domain/ticket/values';
import { answeredInstant, id, line, recordMembers, text } from '../../schemas';

const members = {
  description: text(10_000).optional().meta({ description: 'For customers, as on the team’s form.' }),
  colour: z
    .string()
    .regex(/^#[0-9a-f]{6}$/, 'must be a colour such as #4f6bed')
    .optional(),
  visibility: z.enum(visibilities).optional().meta({
    description:
      'private: admins, members and followers. internal: every user. portal: customers too, for tickets they follow.',
  }),
  projectId: id('project').nullable().optional().meta({ description: 'Where time is logged.' }),
  slaEnabled: z.boolean().optional().meta({
    description:
      'Off: the clocks of open tickets are cancelled. On again: they go on as if it had never been off; time and deadlines that passed meanwhile count. A ticket created while it was off gets clocks when its priority or team changes, or on recalculateSla.',
  }),
  timesheetsEnabled: z.boolean().optional().meta({ description: 'Needs a project.' }),
  timeBillingEnabled: z.boolean().optional(),
};

export const teamBody = z.strictObject({ name: line(200), calendarId: id('calendar'), ...members });

export const teamChanges = z.strictObject({
  name: line(200).optional(),
  calendarId: id('calendar').optional(),
  ...members,
});

const teamMembers = {
  id: id('team'),
  name: z.string(),
  description: z.string(),
  colour: z.string(),
  visibility: z.enum(visibilities),
  calendarId: id('calendar'),
  projectId: id('project').nullable(),
  slaEnabled: z.boolean(),
  timesheetsEnabled: z.boolean(),
  timeBillingEnabled: z.boolean(),
  ...recordMembers,
};

export const team = z
  .strictObject(teamMembers)
  .meta({ id: 'Team', description: 'Who works on which tickets, in which stages, and at which hours.' });

export const changedTeam = z
  .strictObject({
    ...teamMembers,
    removedPortalFollowers: z.int().min(0).meta({
      description:
        'How many followings of customers the change ended, on the team and on its tickets; 0 unless the visibility was narrowed from portal.',
    }),
  })
  .meta({ id: 'ChangedTeam' });

export const overview = z
  .strictObject({
    open: z.int().min(0),
    unassigned: z.int().min(0),
    urgent: z.int().min(0),
    breached: z.int().min(0),
    closedInSevenDays: z.int().min(0),
    slaSuccessRatePercent: z.int().min(0).max(100).nullable().meta({
      description:
        'Of the SLA clocks that were decided on tickets closed in the last seven days, the share reached in time; null without any.',
    }),
  })
  .meta({ id: 'TeamOverview', description: 'Where a team stands now; archived tickets are not counted.' });

export const memberBody = z.strictObject({ userId: id('user') });

export const member = z
  .strictObject({ userId: id('user'), createdAt: answeredInstant })
  .meta({ id: 'TeamMember' });
