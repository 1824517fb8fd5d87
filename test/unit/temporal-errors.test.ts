import { ServiceError } from '@temporalio/client';
import { mayBeTriedAgain, temporalTrouble } from '../../config/temporal';

/** An error as the SDK's client throws it over one of gRPC. */
function failedWith(code: number): Error {
  const cause = Object.assign(new Error('failed'), { code, details: 'failed', metadata: {} });
  return new ServiceError('Failed', { cause });
}

it.each([
  ['CANCELLED', 1],
  ['UNKNOWN', 2],
  ['ABORTED', 10],
  ['INTERNAL', 13],
])('a call that broke off with %s is a case for trying again, not a defect of ours', (_name, code) => {
  expect(mayBeTriedAgain(failedWith(code))).toBe(true);
  // Only an outage holds up every ticket's deliveries.
  expect(temporalTrouble(failedWith(code))).toBeNull();
});

it.each([
  ['UNAVAILABLE', 14],
  ['DEADLINE_EXCEEDED', 4],
  ['RESOURCE_EXHAUSTED', 8],
])('%s is trouble of the server', (_name, code) => {
  expect(mayBeTriedAgain(failedWith(code))).toBe(true);
  expect(temporalTrouble(failedWith(code))).not.toBeNull();
});

it.each([
  ['INVALID_ARGUMENT', 3],
  ['NOT_FOUND', 5],
  ['PERMISSION_DENIED', 7],
])('%s is an error that stays', (_name, code) => {
  expect(mayBeTriedAgain(failedWith(code))).toBe(false);
});

it('an error of another kind is none of Temporal’s', () => {
  expect(mayBeTriedAgain(new Error('unrelated'))).toBe(false);
  expect(mayBeTriedAgain(undefined)).toBe(false);
});
