export type BareActivities = typeof bareActivities;

export const bareActivities = {
  /** Nothing: what the SDK costs around an activity. */
  async nothing(): Promise<void> {},
};
