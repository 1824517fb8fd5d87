import fc from 'fast-check';
import { testDatabase } from '../../support/database';
import { act } from './ledger-acts';
import { expectBooksOf } from './ledger-books';
import { Play } from './ledger-play';

const database = testDatabase();

/** Without bias: with small numbers all time would be on the same date and line. */
const actsOfAMonth = fc.noBias(fc.array(act, { minLength: 50, maxLength: 50 }));
const actsBetweenLooks = 4;

it('says after any sequence of acts what counting minute by minute says', async () => {
  await fc.assert(
    fc.asyncProperty(actsOfAMonth, async (acts) => {
      const play = await Play.begin(database);
      for (const [index, one] of acts.entries()) {
        await play.play(one);
        if (index % actsBetweenLooks === 0) await expectBooksOf(play.world, play.model);
      }
      await play.catchUp();
      await expectBooksOf(play.world, play.model);
    }),
    { numRuns: 3, endOnFailure: true },
  );
}, 120_000);
