import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually';
import { type RunningProcess, startNode } from './processes';

/** A server of the test's own with its data in a folder, so that it can be killed and comes back as it was. */
export interface OwnServer {
  /** The address it has, the same after each start. */
  readonly address: string;
  readonly uiUrl: string | null;
  /** The folder that holds its data, PostgreSQL's in `postgres` with the password beside it. */
  readonly dataDir: string;
  /** Sends the server itself a signal, SIGKILL or SIGQUIT (PostgreSQL's immediate end), and waits until it is gone. */
  kill(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void>;
  /** Sends the server itself a signal that it survives, such as SIGSTOP and SIGCONT. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Starts it again on its address after it was killed. */
  startAgain(): Promise<void>;
}

interface Announcement {
  readonly pid: number;
  readonly address: string;
  readonly uiUrl: string | null;
}

/** Folders and servers of a test file; `remove` ends the servers first. */
export interface OwnServers {
  readonly dataDir: string;
  start(kind: 'postgres' | 'temporal'): Promise<OwnServer>;
  remove(): Promise<void>;
}

/** Makes a place for servers of the calling test file. */
export async function ownServers(): Promise<OwnServers> {
  const folder = await mkdtemp(join(tmpdir(), 'keepdesk-faults-'));
  const holders = new Set<RunningProcess>();
  const hold = async (kind: string): Promise<{ holder: RunningProcess; said: Announcement }> => {
    const holder = startNode('test/support/server-process.mjs', [kind, folder], { TMPDIR: tmpdir() });
    holders.add(holder);
    void holder.ended.then(() => holders.delete(holder));
    return { holder, said: await announcement(holder) };
  };
  return {
    dataDir: folder,
    async start(kind) {
      let { holder, said } = await hold(kind);
      return {
        address: said.address,
        uiUrl: said.uiUrl,
        dataDir: folder,
        async kill(signal) {
          process.kill(said.pid, signal);
          await holder.ended;
        },
        signal: (name) => void process.kill(said.pid, name),
        async startAgain() {
          ({ holder, said } = await hold(kind));
        },
      };
    },
    async remove() {
      await Promise.all([...holders].map((holder) => holder.stop()));
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function announcement(holder: RunningProcess): Promise<Announcement> {
  let over = false;
  void holder.ended.then(() => {
    over = true;
  });
  return eventually('the server answers', () => {
    const line = holder
      .output()
      .split('\n')
      .slice(0, -1)
      .find((each) => each.startsWith('{'));
    if (line === undefined && over) throw new Error(holder.output());
    return Promise.resolve(line === undefined ? undefined : (JSON.parse(line) as Announcement));
  });
}
