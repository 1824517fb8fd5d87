/** The prefix of every kind of record's id (spec.md §3): an id tells what it names. */
export const idPrefixes = {
  company: 'com',
  user: 'usr',
  session: 'ses',
  apiKey: 'key',
  employee: 'emp',
  contact: 'con',
  calendar: 'cal',
  team: 'tea',
  stage: 'stg',
  ticket: 'tkt',
  message: 'msg',
  follower: 'fol',
  slaPolicy: 'sla',
  slaClock: 'clk',
  project: 'prj',
  timesheetEntry: 'tse',
  timer: 'tmr',
  slice: 'slc',
  product: 'prd',
  saleOrder: 'sor',
  saleOrderLine: 'sol',
  invoice: 'inv',
  invoiceLine: 'inl',
  invoiceRun: 'run',
  payment: 'pay',
  event: 'evt',
  job: 'job',
  command: 'cmd',
  request: 'req',
} as const;

export type IdKind = keyof typeof idPrefixes;

/** Crockford's base 32 in lower case: sorts like the number it writes. */
export const idAlphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** The pattern of a kind's ids, for validation at the edge. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${idPrefixes[kind]}_[0-9a-hjkmnp-tv-z]{26}$`);
}
