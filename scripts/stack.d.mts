export interface ProcessEnd {
  code: number | null;
  signal: string | null;
  error?: Error;
}

export interface PostgresServer {
  /** Connection string of the database `keepdesk`, for a superuser that may create others. */
  url: string;
  port: number;
  exited: Promise<ProcessEnd>;
  stop(): Promise<void>;
}

export interface TemporalServer {
  /** `host:port` of the frontend; the namespace is `default`. */
  address: string;
  uiUrl: string;
  exited: Promise<ProcessEnd>;
  stop(): Promise<void>;
}

/** `ephemeral`: a throw-away server on a free port, without durability; else data under `dataDir` (DATA_DIR). */
export function startPostgres(options?: { dataDir?: string; ephemeral?: boolean }): Promise<PostgresServer>;

/** `ephemeral`: in memory, on free ports; else `dataDir/temporal.sqlite`. Search attributes are registered. */
export function startTemporal(options?: {
  dataDir?: string;
  ephemeral?: boolean;
  uiPort?: number;
}): Promise<TemporalServer>;

/** Absolute path of the `temporal` CLI. Fetched on first use. */
export function temporalBinary(): Promise<string>;

/** Absolute path of the time-skipping test server. Fetched on first use. */
export function testServerBinary(): Promise<string>;
