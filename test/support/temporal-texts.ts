import type { Client } from '@temporalio/client';

/** A text that Temporal keeps, and where it stands. */
export interface KeptText {
  readonly where: string;
  readonly text: string;
}

/**
 * Every text that Temporal keeps of a task queue's workflows and shows to operators: all events of all runs with
 * their payloads, failures and summaries, search attributes, memos, and the current details of running ones.
 */
export async function textsKeptBy(client: Client, taskQueue: string): Promise<KeptText[]> {
  const kept: KeptText[] = [];
  for await (const listed of client.workflow.list({ query: `TaskQueue = '${taskQueue}'` })) {
    const where = `${listed.workflowId} ${listed.runId}`;
    const handle = client.workflow.getHandle(listed.workflowId, listed.runId);
    kept.push(...textsIn(listed.raw, `${where}: listed`));
    kept.push(...textsIn((await handle.describe()).raw, `${where}: description`));
    const { events } = await handle.fetchHistory();
    for (const event of events ?? [])
      kept.push(...textsIn(event, `${where}: event ${String(event.eventId)}`));
    if (listed.status.name === 'RUNNING') {
      kept.push(...textsIn(await handle.query('__temporal_workflow_metadata'), `${where}: details`));
      kept.push(...textsIn(await handle.query('status'), `${where}: status`));
    }
  }
  return kept;
}

function textsIn(node: unknown, where: string): KeptText[] {
  if (typeof node === 'string') return [{ where, text: node }];
  if (node instanceof Uint8Array || Buffer.isBuffer(node))
    return [{ where, text: Buffer.from(node).toString() }];
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, member]) => textsIn(member, `${where}/${name}`));
}
