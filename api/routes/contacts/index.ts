import { z } from 'zod';
import { contactResource } from '../../../services/contacts/contact';
import { createContact } from '../../../services/contacts/create-contact';
import { erasePerson } from '../../../services/contacts/erase-person';
import { updateContact } from '../../../services/contacts/update-contact';
import { listPage, readOne } from '../../../services/listing';
import { defineRoute, internalRoles } from '../../route';
import { id, pageOf } from '../../schemas';
import { contact, contactBody, contactChanges, erasure } from './schemas';

const tag = 'Contacts';
const params = z.strictObject({ contactId: id('contact') });
const reading = { roles: internalRoles, scope: 'contacts:read' } as const;
const writing = { roles: internalRoles, scope: 'contacts:write' } as const;

export const contactRoutes = [
  defineRoute({
    operationId: 'createContact',
    method: 'post',
    path: '/v1/contacts',
    tag,
    summary: 'Create a person or an organisation',
    access: writing,
    body: contactBody,
    answers: { status: 201, schema: contact, description: 'The new contact.' },
    handle: async ({ context, body }) => ({ body: await createContact(context, body) }),
  }),
  defineRoute({
    operationId: 'listContacts',
    method: 'get',
    path: '/v1/contacts',
    tag,
    summary: 'List contacts',
    access: reading,
    list: contactResource,
    answers: { status: 200, schema: pageOf(contact), description: 'One page.' },
    handle: async ({ context, page }) => ({ body: await listPage(context, contactResource, page) }),
  }),
  defineRoute({
    operationId: 'getContact',
    method: 'get',
    path: '/v1/contacts/{contactId}',
    tag,
    summary: 'Read a contact',
    access: reading,
    params,
    answers: { status: 200, schema: contact, description: 'The contact.' },
    handle: async ({ context, params }) => ({
      body: await readOne(context, contactResource, params.contactId),
    }),
  }),
  defineRoute({
    operationId: 'updateContact',
    method: 'patch',
    path: '/v1/contacts/{contactId}',
    tag,
    summary: 'Change a contact',
    access: writing,
    params,
    body: contactChanges,
    guarded: true,
    answers: { status: 200, schema: contact, description: 'The contact as changed.' },
    handle: async ({ context, params, body, expectedVersion }) => ({
      body: await updateContact(context, params.contactId, body, expectedVersion),
    }),
  }),
  defineRoute({
    operationId: 'eraseContact',
    method: 'post',
    path: '/v1/contacts/{contactId}/erase',
    tag,
    summary: 'Erase a person',
    description:
      'For good: the name, address and phone of the contact, the texts of the tickets whose contact they are, every message on these and theirs elsewhere, also in events and stored answers. Ids, times, minutes and invoices stay. The name stays with the contact while it stands on an invoice, a draft too, or on a confirmed order. What was delivered to others before (feed readers, Temporal’s histories, backups) is not reached.',
    access: { roles: ['admin'], scope: 'contacts:write' },
    params,
    answers: { status: 200, schema: erasure, description: 'What was erased, as counts.' },
    handle: async ({ context, params }) => ({ body: await erasePerson(context, params.contactId) }),
  }),
];
