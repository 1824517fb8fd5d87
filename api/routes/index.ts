import type { Route } from '../route';
import { accessRoutes } from './access';
import { boardRoutes } from './board';
import { calendarRoutes } from './calendars';
import { commandRoutes } from './commands';
import { companyRoutes } from './companies';
import { contactRoutes } from './contacts';
import { employeeRoutes } from './employees';
import { eventRoutes } from './events';
import { followerRoutes } from './followers';
import { healthRoutes } from './health';
import { invoiceRunRoutes } from './invoice-runs';
import { invoiceRoutes } from './invoices';
import { messageRoutes } from './messages';
import { productRoutes } from './products';
import { projectRoutes } from './projects';
import { saleOrderRoutes } from './sale-orders';
import { slaRoutes } from './sla';
import { slaPolicyRoutes } from './sla-policies';
import { stageRoutes } from './stages';
import { teamRoutes } from './teams';
import { ticketRoutes } from './tickets';
import { timerRoutes } from './timers';
import { timesheetRoutes } from './timesheets';
import { userRoutes } from './users';

/** Every operation of the API. A route that is not here does not exist; a test walks this list. */
export const routes: readonly Route[] = [
  // One a line, in the order of the document.
  ...healthRoutes,
  ...accessRoutes,
  ...companyRoutes,
  ...userRoutes,
  ...employeeRoutes,
  ...calendarRoutes,
  ...contactRoutes,
  ...teamRoutes,
  ...stageRoutes,
  ...boardRoutes,
  ...slaPolicyRoutes,
  ...ticketRoutes,
  ...commandRoutes,
  ...slaRoutes,
  ...messageRoutes,
  ...followerRoutes,
  ...eventRoutes,
  ...projectRoutes,
  ...timesheetRoutes,
  ...timerRoutes,
  ...productRoutes,
  ...saleOrderRoutes,
  ...invoiceRoutes,
  ...invoiceRunRoutes,
];
