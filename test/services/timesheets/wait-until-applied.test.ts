import { waitUntilApplied } from '../../../services/timesheets/wait-until-applied';
import { testDatabase } from '../../support/database';
import { apply, as, log, type TimeWorld, timeWorld } from './time-world';

const database = testDatabase();
let world: TimeWorld;

beforeAll(async () => {
  world = await timeWorld(database);
});

const patient = { waitMs: 20_000, signal: new AbortController().signal };

test('time that the ledger holds already is answered at once', async () => {
  const entry = await log(world);
  await apply(world, entry.id);
  const awaited = await waitUntilApplied(as(world, 'agent'), entry, { ...patient, waitMs: 0 });
  expect(awaited).toMatchObject({ applied: true, entry: { id: entry.id, billing: { state: 'applied' } } });
});

test('time that is applied meanwhile is answered with its slices', async () => {
  const entry = await log(world);
  const waiting = waitUntilApplied(as(world, 'agent'), entry, patient);
  await apply(world, entry.id);
  expect(await waiting).toMatchObject({
    applied: true,
    entry: { billing: { state: 'applied', slices: [{ minutes: 60 }] } },
  });
});

test('the deadline ends the waiting with what is known', async () => {
  const entry = await log(world);
  const awaited = await waitUntilApplied(as(world, 'agent'), entry, { ...patient, waitMs: 50 });
  expect(awaited).toEqual({ applied: false, entry });
});

test('a caller that goes away ends the waiting', async () => {
  const entry = await log(world);
  const abort = new AbortController();
  const waiting = waitUntilApplied(as(world, 'agent'), entry, { ...patient, signal: abort.signal });
  abort.abort();
  expect(await waiting).toEqual({ applied: false, entry });
});
