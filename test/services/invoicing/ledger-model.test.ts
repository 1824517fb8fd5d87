import fc from 'fast-check';
import { testDatabase } from '../../support/database';
import { act } from './ledger-acts';
import { expectBooksOf } from './ledger-books';
import { Play } from './ledger-play';

const database = testDatabase();

it('says after any sequence of acts what counting minute by minute says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 15, maxLength: 40 }), async (acts) => {
      const play = await Play.begin(database);
      for (const one of acts) {
        await play.play(one);
        await expectBooksOf(play.world, play.model);
      }
    }),
    { numRuns: 3, endOnFailure: true },
  );
}, 120_000);
