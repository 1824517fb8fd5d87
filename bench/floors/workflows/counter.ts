import {
  condition,
  defineSignal,
  defineUpdate,
  proxyLocalActivities,
  setHandler,
  Trigger,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { searchAttributes } from '../../../workflows/search-attributes';
import type { BareActivities } from '../activities';

const { nothing } = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '10 seconds' });

/** Answers how often it was asked. */
const askUpdate = defineUpdate<number>('ask');
/** What signal-with-start sends. */
const tellSignal = defineSignal<[unknown]>('tell');

/**
 * Counts updates, one at a time, each with one local activity; a timer is armed anew after each, and a search
 * attribute is written, as in a ticket that moves. With `bare` it does neither.
 */
export async function counter(input: { readonly bare: boolean }): Promise<void> {
  let asked = 0;
  const waiting: Trigger<number>[] = [];
  setHandler(askUpdate, async () => {
    const answer = new Trigger<number>();
    waiting.push(answer);
    return await answer;
  });
  setHandler(tellSignal, () => {});
  for (;;) {
    const isAsked = (): boolean => waiting.length > 0;
    if (input.bare) await condition(isAsked);
    else await condition(isAsked, '30 days');
    const answer = waiting.shift();
    if (answer === undefined) continue;
    await nothing();
    asked += 1;
    if (!input.bare) upsertSearchAttributes([{ key: searchAttributes.stage, value: `stage ${asked}` }]);
    answer.resolve(asked);
  }
}
