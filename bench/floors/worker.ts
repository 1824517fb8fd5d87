import { NativeConnection, Worker } from '@temporalio/worker';
import { bareActivities } from './activities';

/** The least program that is a worker: a connection, a bundle made before, one activity. */
async function main(): Promise<void> {
  const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
  const worker = await Worker.create({
    connection,
    taskQueue: process.env['TEMPORAL_TASK_QUEUE'] ?? '',
    workflowBundle: { codePath: process.env['BUNDLE'] ?? '' },
    activities: bareActivities,
  });
  process.stdout.write('{"msg":"worker runs"}\n');
  await worker.run();
  await connection.close();
}

void main();
