import { DomainError, notFound } from '../../domain/shared/errors';
import type { Context } from '../context';
import { readOne } from '../listing';
import { within } from '../prisma-queryable';
import { mayChangeTimeOfOthers } from '../timesheets/access';
import { change } from '../transaction';
import { type TimerView, timerResource } from './timer';

/**
 * Ends a timer without logging anything, also where time can no longer be logged.
 * @throws DomainError `not_found`, `forbidden` (the timer of others).
 */
export async function discardTimer(context: Context, id: string): Promise<void> {
  await change(context, async ({ db, event }) => {
    const { companyId, actor } = context;
    const before = await readOne<TimerView>(context, timerResource, id, within(db));
    const owner = await db.employee.findUnique({
      where: { companyId_id: { companyId, id: before.employeeId } },
    });
    const own = actor.type === 'user' && owner?.userId === actor.userId;
    if (!own && !mayChangeTimeOfOthers(context)) {
      throw new DomainError('forbidden', 'Only managers and administrators end the timers of others.');
    }
    const { count } = await db.runningTimer.deleteMany({ where: { companyId, id } });
    if (count === 0) throw notFound(timerResource.name);
    event({ kind: 'timer.discarded', subjectId: id, ticketId: before.ticketId, before });
    return {};
  });
}
