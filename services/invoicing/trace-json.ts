import { referenceSql } from '../../prisma/statements/ticket-columns';

/** One slice with the entry, person and ticket behind it, as both traces show it (spec.md §9). */
export interface TracedSlice {
  readonly id: string;
  readonly fate: 'unbilled' | 'reserved' | 'invoiced' | 'credited' | 'written_off' | 'non_billable';
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly minutes: number;
  readonly invoiceLineId: string | null;
  readonly entry: {
    readonly id: string;
    readonly employeeId: string;
    readonly employeeName: string;
    readonly date: string;
    readonly minutes: number;
    readonly ticketId: string;
    readonly ticketReference: string;
  };
}

/** A JSON array of the slices that a subselect answers as `s`, by the work's date. */
export function slicesJson(slices: string): string {
  return `(SELECT coalesce(json_agg(json_build_object('id', s.id, 'fate', s.fate, 'fromMinute', s.from_minute,
        'toMinute', s.to_minute, 'minutes', s.to_minute - s.from_minute, 'invoiceLineId', s.invoice_line_id,
        'entry', json_build_object('id', e.id, 'employeeId', e.employee_id, 'employeeName', em.name,
          'date', e.date::text, 'minutes', e.minutes, 'ticketId', e.ticket_id,
          'ticketReference', ${referenceSql('t')})) ORDER BY e.date, e.id, s.from_minute), '[]'::json)
    FROM (${slices}) s
    JOIN timesheet_entry e ON e.company_id = s.company_id AND e.id = s.entry_id
    JOIN employee em ON em.company_id = e.company_id AND em.id = e.employee_id
    JOIN ticket t ON t.company_id = e.company_id AND t.id = e.ticket_id)`;
}
