import { formatValue } from 'hucre';

/** What the workbook holds in one cell, as `read-xlsx` hands it over. */
export interface RawCell {
  readonly value: string | number | boolean | Date | null;
  /** Number format code; undefined or `General` for none. */
  readonly format?: string | undefined;
}

/**
 * The text that the user sees. Dates are ISO (`2026-03-01`, `2026-03-01T08:30:00`, `08:30:00` for a bare
 * time): a spreadsheet date has no zone and none is invented. Numbers without a format keep all their
 * digits instead of Excel's `1.1E+17`; with a format they look as in the sheet (`0012`, `85%`).
 */
export function cellText(cell: RawCell): string {
  const { value, format } = cell;
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (value instanceof Date) return dateText(value, format);
  if (!format || /^(general|@)$/i.test(format.trim()) || isLossy(value)) return numberText(value);
  return formatValue(value, format).trim();
}

/**
 * Whether a number has lost digits: Excel keeps 15 significant ones (Excel specifications and limits), so an
 * 18-digit identity number stored as a number ends in zeros that nobody typed.
 */
export function isLossy(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) >= 1e15;
}

function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return BigInt(value).toString();
  return String(Number(value.toPrecision(15)));
}

function dateText(date: Date, format: string | undefined): string {
  if (Number.isNaN(date.getTime())) return '';
  const rounded = new Date(Math.round(date.getTime() / 1000) * 1000);
  const [day = '', time = ''] = rounded.toISOString().slice(0, 19).split('T');
  const bareTime = day.startsWith('1899-12-3') || day === '1900-01-00' || day === '1904-01-01';
  if (bareTime && format !== undefined && !/[yd]/i.test(format)) return time;
  return time === '00:00:00' && !(format && /h/i.test(format)) ? day : `${day}T${time}`;
}
