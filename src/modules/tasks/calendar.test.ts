import { describe, expect, it } from 'vitest';
import { addWorkdays, chinaDay, isWorkday, mondayOf, startOf, termOf, workdaysSince } from './calendar.ts';

/** National Day 2026: 1–7 October off, Sunday 20 September and Saturday 10 October made up. */
const calendar = {
  daysOff: new Set(['2026-10-01', '2026-10-02', '2026-10-05', '2026-10-06', '2026-10-07']),
  workDays: new Set(['2026-09-20', '2026-10-10']),
};

describe('the working calendar', () => {
  it('knows weekends, holidays and make-up days', () => {
    const days = [
      '2026-09-20',
      '2026-09-26',
      '2026-09-30',
      '2026-10-01',
      '2026-10-08',
      '2026-10-10',
      '2026-10-11',
    ];
    expect(days.filter((day) => isWorkday(day, calendar))).toEqual([
      '2026-09-20',
      '2026-09-30',
      '2026-10-08',
      '2026-10-10',
    ]);
  });

  it('counts working days over a holiday', () => {
    expect(addWorkdays('2026-09-30', 1, calendar)).toBe('2026-10-08');
    expect(addWorkdays('2026-09-30', 3, calendar)).toBe('2026-10-10');
    expect(addWorkdays('2026-09-30', 0, calendar)).toBe('2026-09-30');
    expect(workdaysSince(startOf('2026-09-30'), startOf('2026-10-08'), calendar)).toBe(1);
    expect(workdaysSince(startOf('2026-09-30'), startOf('2026-10-07'), calendar)).toBe(0);
  });

  it('begins a day at midnight in China', () => {
    expect(chinaDay(new Date('2026-05-31T15:59:59Z'))).toBe('2026-05-31');
    expect(chinaDay(new Date('2026-05-31T16:00:00Z'))).toBe('2026-06-01');
    expect(startOf('2026-06-01').toISOString()).toBe('2026-05-31T16:00:00.000Z');
  });

  it('begins a week on Monday, and a term in February and August', () => {
    expect(['2026-06-01', '2026-06-07', '2026-06-08'].map(mondayOf)).toEqual([
      '2026-06-01',
      '2026-06-01',
      '2026-06-08',
    ]);
    expect(termOf('2027-01-15').from).toEqual(startOf('2026-08-01'));
    expect(termOf('2026-07-31').to).toEqual(startOf('2026-08-01'));
  });
});
