import type { Examples } from '../examples';

export const healthExamples: Examples = {
  getHealth: () => ({}),
  getReadiness: () => ({}),
};
