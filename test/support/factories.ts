/**
 * Makers of records, straight through Prisma: what a test needs to stand before its first request. Each takes a
 * `World` (one company), so a second company is one more `company(database)`.
 */
export * from './factories/company';
export * from './factories/everything';
export * from './factories/many-tickets';
export * from './factories/people';
export * from './factories/sales';
export * from './factories/teams';
export * from './factories/tickets';
