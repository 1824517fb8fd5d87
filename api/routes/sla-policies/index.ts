import { z } from 'zod';
import { listPage, readOne } from '../../../services/listing';
import { createPolicy } from '../../../services/sla/policies/create-policy';
import { listPolicyVersions } from '../../../services/sla/policies/list-policy-versions';
import { policyResource, policyVersionResource } from '../../../services/sla/policies/policy';
import { updatePolicy } from '../../../services/sla/policies/update-policy';
import { defineRoute, internalRoles, managingRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import { policy, policyBody, policyChanges, policyVersion } from './schemas';

const tag = 'SLA';
const params = z.strictObject({ policyId: id('slaPolicy') });
const reading = { roles: internalRoles, scope: 'settings:read' } as const;
const writing = { roles: managingRoles, scope: 'settings:write' } as const;

export const slaPolicyRoutes = [
  defineRoute({
    operationId: 'createSlaPolicy',
    method: 'post',
    path: '/v1/sla-policies',
    tag,
    summary: 'Create an SLA policy',
    description: 'Tickets created afterwards are measured by it.',
    access: writing,
    body: policyBody,
    refusals: ['stage_of_another_team'],
    answers: { status: 201, schema: policy, description: 'The new policy in its first version.' },
    handle: async ({ context, body }) => ({ body: await createPolicy(context, body) }),
  }),
  defineRoute({
    operationId: 'listSlaPolicies',
    method: 'get',
    path: '/v1/sla-policies',
    tag,
    summary: 'List SLA policies',
    access: reading,
    list: policyResource,
    answers: { status: 200, schema: pageOf(policy), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, policyResource, page) }),
  }),
  defineRoute({
    operationId: 'getSlaPolicy',
    method: 'get',
    path: '/v1/sla-policies/{policyId}',
    tag,
    summary: 'Read an SLA policy',
    access: reading,
    params,
    answers: { status: 200, schema: policy, description: 'The policy in its current version.' },
    handle: async ({ context, params }) => ({
      body: await readOne(context, policyResource, params.policyId),
    }),
  }),
  defineRoute({
    operationId: 'updateSlaPolicy',
    method: 'patch',
    path: '/v1/sla-policies/{policyId}',
    tag,
    summary: 'Change an SLA policy',
    description:
      'This release knows one way to apply an edit, `new_tickets`: a change of criteria, target, pauses, warning or reopening makes a new, unchangeable version that tickets created afterwards are measured by. Clocks that run keep the version they started with.',
    access: writing,
    params,
    body: policyChanges,
    guarded: true,
    refusals: ['stage_of_another_team'],
    answers: { status: 200, schema: policy, description: 'The policy as changed.' },
    handle: async ({ context, params, body, expectedVersion }) => {
      const { applyTo: _newTickets, ...changes } = body;
      return { body: await updatePolicy(context, params.policyId, changes, expectedVersion) };
    },
  }),
  defineRoute({
    operationId: 'listSlaPolicyVersions',
    method: 'get',
    path: '/v1/sla-policies/{policyId}/versions',
    tag,
    summary: 'List the versions of an SLA policy',
    access: reading,
    params,
    list: policyVersionResource,
    answers: { status: 200, schema: pageOf(policyVersion), description: 'One page, newest first.' },
    handle: async ({ context, params, page }) => ({
      body: await listPolicyVersions(context, params.policyId, page),
    }),
  }),
];
