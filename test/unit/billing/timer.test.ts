import { timedMinutes } from '../../../domain/billing/timer';

it.each([
  [0, 1],
  [29_999, 1],
  [89_999, 1],
  [90_000, 2],
  [60 * 60_000 + 29_999, 60],
  [60 * 60_000 + 30_000, 61],
  [-5_000, 1],
])('a timer of %d ms measured %d whole minutes', (elapsedMs, minutes) => {
  const startedAt = Date.parse('2026-03-02T09:00:00.123Z');
  expect(timedMinutes(startedAt, startedAt + elapsedMs)).toBe(minutes);
});
