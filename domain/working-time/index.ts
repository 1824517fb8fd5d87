export type {
  CalendarDefinition,
  DateOverride,
  Holiday,
  Leave,
  OverrideInterval,
  WeeklyCycle,
  WeeklyInterval,
} from './calendar-definition';
export { compileCalendar } from './compile';
export { type CalendarProblem, type CalendarProblemCode, validateCalendar } from './validate';
export type { Segment, SegmentReason, WorkingTime } from './working-time';
