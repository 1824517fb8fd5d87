/** One step of the build; its outputs stand for its inputs as they were when it was last performed. */
export interface BuildStep {
  readonly name: string;
}

export function buildSteps(): {
  readonly generateClient: BuildStep;
  /** Makes the programs below `dist` and `dist/api/openapi/openapi.json`. */
  readonly compile: BuildStep;
  /** Makes `dist/workflow-bundle.js`. */
  readonly bundleWorkflows: BuildStep;
};

/** Whether the step's outputs are those of the present sources. */
export function isUpToDate(step: BuildStep): boolean;
