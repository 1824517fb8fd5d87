export type { CalendarDefinition } from './calendar-definition';
export { compileCalendar } from './compile';
export { validateCalendar } from './validate';
export type { Segment, SegmentReason, WorkingTime } from './working-time';
