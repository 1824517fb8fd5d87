/** One value the global set-up leaves in the environment for the test processes. */
interface Address {
  set(value: string): void;
  /** @throws Error that says which folder of tests starts it, when this run did not. */
  get(): string;
  /** Undefined where there is none. */
  find(): string | undefined;
}

function address(variable: string, what: string): Address {
  return {
    set(value) {
      process.env[variable] = value;
    },
    get() {
      const value = process.env[variable];
      if (value === undefined) throw new Error(`${what} was not started: see test/support/global-setup.ts`);
      return value;
    },
    find: () => process.env[variable],
  };
}

export const addresses = {
  /** A superuser's address of the run's PostgreSQL. */
  databaseServer: address('KEEPDESK_TEST_DATABASE_SERVER', 'PostgreSQL'),
  templateDatabase: address('KEEPDESK_TEST_TEMPLATE', 'PostgreSQL'),
  /** `host:port` of the run's Temporal server; tests keep apart by task queue and by ticket ids. */
  temporal: address('KEEPDESK_TEST_TEMPORAL', 'Temporal'),
  temporalUi: address('KEEPDESK_TEST_TEMPORAL_UI', 'Temporal'),
  /** The time-skipping server moves one clock for all its workflows, so each file starts its own (0.2 s). */
  timeSkippingServerBinary: address('KEEPDESK_TEST_SERVER', 'The time-skipping server'),
  /** File with the workflow bundle made from the sources of this run. */
  workflowBundle: address('KEEPDESK_TEST_WORKFLOW_BUNDLE', 'The workflow bundle'),
  /** File with the build's OpenAPI document; absent where the sources are newer. */
  openApiDocument: address('KEEPDESK_TEST_OPENAPI_DOCUMENT', 'The OpenAPI document'),
};

/** What the global teardown ends; jest runs set-up and teardown in one process. */
export interface RunningServers {
  readonly stops: (() => Promise<void>)[];
}

const store = globalThis as { keepdeskTestServers?: RunningServers };

export function setRunningServers(servers: RunningServers): void {
  store.keepdeskTestServers = servers;
}

export function runningServers(): RunningServers {
  return store.keepdeskTestServers ?? { stops: [] };
}
