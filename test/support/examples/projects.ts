import type { Examples } from '../examples';

const contents = (contactId: string) => ({ name: 'Customer care', contactId });

export const projectExamples: Examples = {
  createProject: ({ organisationId }) => ({ body: contents(organisationId) }),
  listProjects: () => ({}),
  getProject: ({ ids }) => ({ params: { projectId: ids.project ?? '' } }),
  updateProject: ({ ids, organisationId }) => ({
    params: { projectId: ids.project ?? '' },
    body: contents(organisationId),
  }),
};
