import { hashPassword } from '../../../services/access/password';
import type { Examples } from '../examples';
import { apiKey, employee, uniqueEmail, user } from '../factories';

const password = 'correct horse battery staple';

export const accessExamples: Examples = {
  logIn: async (company) => {
    const account = await user(company);
    await company.database.prisma.user.update({
      where: { companyId_id: { companyId: company.companyId, id: account.id } },
      data: { passwordHash: await hashPassword(password) },
    });
    return { body: { email: account.email, password } };
  },
  logOut: () => ({}),
  getProfile: () => ({}),
  getLimits: () => ({}),
  createApiKey: () => ({ body: { name: 'Telephone system', scopes: ['contacts:read', 'tickets:write'] } }),
  listApiKeys: () => ({}),
  revokeApiKey: async (company) => ({ params: { apiKeyId: (await apiKey(company)).id } }),
};

export const companyExamples: Examples = {
  getCompany: () => ({}),
  updateCompany: () => ({ body: { name: 'Northwind Care', timezone: 'Europe/Vienna', currency: 'EUR' } }),
};

export const userExamples: Examples = {
  createUser: () => ({ body: { email: uniqueEmail(), name: 'Uma User', role: 'agent', password } }),
  listUsers: () => ({}),
  getUser: ({ users }) => ({ params: { userId: users.agent.id } }),
  updateUser: async (company) => ({
    params: { userId: (await user(company)).id },
    body: { name: 'Uma Renamed', role: 'manager', active: true, password },
  }),
};

export const employeeExamples: Examples = {
  createEmployee: async (company) => ({
    body: {
      userId: (await user(company)).id,
      name: 'Emil Employee',
      calendarId: company.officeCalendarId,
      hourlyCostMinor: 5200,
      currency: 'EUR',
    },
  }),
  listEmployees: () => ({}),
  getEmployee: ({ employeeId }) => ({ params: { employeeId } }),
  updateEmployee: async (company) => ({
    params: { employeeId: await employee(company) },
    body: {
      userId: (await user(company)).id,
      name: 'Emil Promoted',
      calendarId: company.alwaysCalendarId,
      hourlyCostMinor: 6100,
      currency: 'EUR',
    },
  }),
};
