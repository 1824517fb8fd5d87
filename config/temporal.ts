import {
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  isGrpcServiceError,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Environment } from './env';

/**
 * How to reach Temporal: TLS, API key and profile from Temporal's own environment variables, so that Temporal
 * Cloud needs no code of ours; address and namespace from ours.
 */
export function temporalConnection(environment: Environment) {
  const { connectionOptions } = loadClientConnectConfig();
  return {
    connectionOptions: { ...connectionOptions, address: environment.TEMPORAL_ADDRESS },
    namespace: environment.TEMPORAL_NAMESPACE,
  };
}

/** gRPC waits up to two minutes before it tries a lost server again; deliveries and decisions go on sooner. */
const longestReconnectMs = 5_000;
/** About a second in all: the SDK's ten outlast a request's deadline, and nobody could tell "away" from "slow". */
const attemptsWhileAway = 4;

/** The same for a connection that outlives Temporal's restarts, of a process that is up without Temporal. */
export function lastingConnection(environment: Environment): ConnectionOptions {
  return {
    ...temporalConnection(environment).connectionOptions,
    channelArgs: {
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': longestReconnectMs,
    },
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: attemptsWhileAway }))],
  };
}

/** gRPC status codes that mean "not now": the server is away, overloaded, or did not answer in time. */
const transientCodes = { deadlineExceeded: 4, resourceExhausted: 8, unavailable: 14 } as const;

/** Why a call to Temporal may succeed later unchanged; `null` for every other error. */
export function temporalTrouble(error: unknown): keyof typeof transientCodes | null {
  const code = grpcCodeOf(error);
  if (code === transientCodes.unavailable) return 'unavailable';
  if (code === transientCodes.deadlineExceeded) return 'deadlineExceeded';
  return code === transientCodes.resourceExhausted ? 'resourceExhausted' : null;
}

/**
 * Whether an update met a workflow task that has to be done again (FAILED_PRECONDITION), as when a signal or a
 * cancellation comes in while the task is about to end its run (temporal#7296); the update is then lost.
 */
export function isLostUpdate(error: unknown): boolean {
  return grpcCodeOf(error) === 9;
}

/** CANCELLED, UNKNOWN, ABORTED, INTERNAL: a call that broke off, as when its connection is cut in the middle. */
const brokenOffCodes: readonly number[] = [1, 2, 10, 13];

/** Whether a caller may be told to try again: Temporal is in trouble, or the call broke off and nobody knows what became of it. */
export function mayBeTriedAgain(error: unknown): boolean {
  return temporalTrouble(error) !== null || brokenOffCodes.includes(grpcCodeOf(error) ?? 0);
}

/** Whether Temporal does not offer a call to this caller: PERMISSION_DENIED, or UNIMPLEMENTED. */
export function isRefusedByTemporal(error: unknown): boolean {
  return [7, 12].includes(grpcCodeOf(error) ?? 0);
}

function grpcCodeOf(error: unknown): number | null {
  for (let current = error; current instanceof Error; current = (current as { cause?: unknown }).cause) {
    if (isGrpcServiceError(current)) return current.code;
  }
  return null;
}
