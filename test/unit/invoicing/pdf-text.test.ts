import { dateText, quantityText } from '../../../services/invoicing/pdf-text';

it('prints time in hours and minutes, and pieces as they are', () => {
  const line = { quantityMinutes: 605, quantity: null } as Parameters<typeof quantityText>[0];
  expect(quantityText(line)).toBe('10:05 h');
  expect(quantityText({ ...line, quantityMinutes: null, quantity: 3 })).toBe('3');
});

it("prints an instant's date in the company's time zone", () => {
  expect(dateText('2026-12-31T23:30:00.000Z', 'Europe/Berlin')).toBe('2027-01-01');
});
