/** What the middleware's measurement reads: a record of 170 bytes that costs nothing to find. */
export const constantRecord = {
  id: 'tkt_01kb3v8h2n4q6s8v0x2z4c6e8g',
  reference: '#00042',
  subject: 'The printer is on fire again',
  slaState: 'on_track',
  nextDeadline: '2026-11-23T15:00:00.000Z',
  version: 3,
} as const;
