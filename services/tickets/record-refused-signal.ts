import type { Context } from '../context';
import { change } from '../transaction';
import { asOperator } from './operator-command';

/** Records on the ticket that an operator's signal could not be understood, once by its command (spec.md §2). */
export function recordRefusedSignal(
  context: Context,
  ticketId: string,
  signal: { readonly signal: string; readonly commandId: string; readonly refusal: string },
): Promise<null> {
  const content = { signal: signal.signal, refusal: signal.refusal };
  return asOperator(signal.commandId, content, (command) =>
    change({ ...context, actor: { type: 'operator' }, command }, ({ event }) => {
      event({ kind: 'ticket.signal_refused', subjectId: ticketId, ticketId, after: content });
      return Promise.resolve(null);
    }),
  );
}
