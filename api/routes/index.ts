import type { Route } from '../route';
import { contactRoutes } from './contacts';
import { ticketRoutes } from './tickets';

/** Every operation of the API. A route that is not here does not exist; a test walks this list. */
export const routes: readonly Route[] = [
  // One a line, in the order of the document.
  ...contactRoutes,
  ...ticketRoutes,
];
