import type { Route } from '../route';
import { accessRoutes } from './access';
import { calendarRoutes } from './calendars';
import { companyRoutes } from './companies';
import { contactRoutes } from './contacts';
import { employeeRoutes } from './employees';
import { projectRoutes } from './projects';
import { ticketRoutes } from './tickets';
import { timesheetRoutes } from './timesheets';
import { userRoutes } from './users';

/** Every operation of the API. A route that is not here does not exist; a test walks this list. */
export const routes: readonly Route[] = [
  // One a line, in the order of the document.
  ...accessRoutes,
  ...companyRoutes,
  ...userRoutes,
  ...employeeRoutes,
  ...calendarRoutes,
  ...contactRoutes,
  ...ticketRoutes,
  ...projectRoutes,
  ...timesheetRoutes,
];
