import { z } from 'zod';
import { listPage, readOne } from '../../../services/listing';
import { createProject } from '../../../services/projects/create-project';
import { projectResource } from '../../../services/projects/project';
import { updateProject } from '../../../services/projects/update-project';
import { defineRoute, internalRoles, managingRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import { project, projectBody, projectChanges } from './schemas';

const tag = 'Projects';
const params = z.strictObject({ projectId: id('project') });
const reading = { roles: internalRoles, scope: 'settings:read' } as const;
const writing = { roles: managingRoles, scope: 'settings:write' } as const;

export const projectRoutes = [
  defineRoute({
    operationId: 'createProject',
    method: 'post',
    path: '/v1/projects',
    tag,
    summary: 'Create a project',
    access: writing,
    body: projectBody,
    answers: { status: 201, schema: project, description: 'The new project.' },
    handle: async ({ context, body }) => ({ body: await createProject(context, body) }),
  }),
  defineRoute({
    operationId: 'listProjects',
    method: 'get',
    path: '/v1/projects',
    tag,
    summary: 'List projects',
    access: reading,
    list: projectResource,
    answers: { status: 200, schema: pageOf(project), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, projectResource, page) }),
  }),
  defineRoute({
    operationId: 'getProject',
    method: 'get',
    path: '/v1/projects/{projectId}',
    tag,
    summary: 'Read a project',
    access: reading,
    params,
    answers: { status: 200, schema: project, description: 'The project.' },
    handle: async ({ context, params }) => ({
      body: await readOne(context, projectResource, params.projectId),
    }),
  }),
  defineRoute({
    operationId: 'updateProject',
    method: 'patch',
    path: '/v1/projects/{projectId}',
    tag,
    summary: 'Change a project',
    access: writing,
    params,
    body: projectChanges,
    guarded: true,
    answers: { status: 200, schema: project, description: 'The project as changed.' },
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await updateProject(context, params.projectId, body, expectedVersion),
    }),
  }),
];
