import type { Operation } from '../history';

/** A sale order line as a reader of its order sees it. */
export interface Account {
  readonly id: string;
  readonly deliveredMinutes: number;
  readonly invoicedMinutes: number;
}

/**
 * What is wrong with order lines between which logged time is moved while invoices are made of them: every read of
 * the order (answered `lines`) shows the same sum of minutes, no line is negative, and none has more invoiced than
 * was delivered on it.
 */
export function bankFindings(reads: readonly Operation[], totalMinutes: number): string[] {
  return reads.flatMap(({ answered, outcome, invokedAtMs }) => {
    if (outcome !== 'ok') return [];
    const lines = answered.lines as readonly Account[];
    const sum = lines.reduce((minutes, line) => minutes + line.deliveredMinutes, 0);
    const when = `at ${Math.round(invokedAtMs)} ms`;
    return [
      ...(sum === totalMinutes ? [] : [`the order has ${sum} minutes ${when} instead of ${totalMinutes}`]),
      ...lines
        .filter((line) => line.deliveredMinutes < 0 || line.invoicedMinutes < 0)
        .map((line) => `line ${line.id} is negative ${when}`),
      ...lines
        .filter((line) => line.invoicedMinutes > line.deliveredMinutes)
        .map((line) => `line ${line.id} has more invoiced than delivered ${when}`),
    ];
  });
}
