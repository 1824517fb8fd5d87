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
      let { holder, said } = await firstOf(() => hold(kind));
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

const attempts = 3;

/** A port that was free a moment ago may be somebody else's by now; the next attempt takes another. */
async function firstOf<Result>(start: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

async function announcement(holder: RunningProcess): Promise<Announcement> {
  let over = false;
  void holder.ended.then(() => {
    over = true;
  });
  const line = await eventually('the server answers', () => {
    const said = holder
      .output()
      .split('\n')
      .slice(0, -1)
      .find((each) => each.startsWith('{'));
    return Promise.resolve(said ?? (over ? 'ended' : undefined));
  });
  if (line === 'ended') throw new Error(holder.output());
  return JSON.parse(line) as Announcement;
}
