/** The synthetic city as import tables: the same files that a bureau would upload. */
import type { City } from './city-model.ts';

export type ImportKind = 'units' | 'people' | 'sites' | 'allocations' | 'devices';

export interface ImportTable {
  readonly kind: ImportKind;
  /** Field keys, in the order of the cells. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The five tables, in the order in which they must be imported (each names rows of the ones before it). */
export function importTables(city: City): ImportTable[] {
  return [
    {
      kind: 'units',
      columns: ['code', 'name', 'kind', 'parent_code', 'uscc', 'school_code', 'address', 'phone'],
      rows: city.units.map((u) => [
        u.code,
        u.name,
        u.kind,
        u.parentCode,
        u.uscc,
        u.schoolCode,
        u.address,
        u.phone,
      ]),
    },
    {
      kind: 'people',
      columns: ['person_no', 'name', 'unit_code', 'post', 'phone', 'email'],
      rows: city.people.map((p) => [p.personNo, p.name, p.unitCode, p.post, p.phone, p.email]),
    },
    {
      kind: 'sites',
      columns: [
        'name',
        'unit_code',
        'url',
        'resolve_to',
        'icp_no',
        'police_no',
        'manager_no',
        'server_address',
      ],
      rows: city.sites.map((s) => [
        s.name,
        s.unitCode,
        s.url,
        s.resolveTo,
        s.icpNo,
        s.policeNo,
        s.managerNo,
        s.serverAddress,
      ]),
    },
    {
      kind: 'allocations',
      columns: ['cidr', 'unit_code', 'realm', 'role', 'note'],
      rows: city.allocations.map((a) => [a.cidr, a.unitCode, a.realm, a.role, a.note]),
    },
    {
      kind: 'devices',
      columns: [
        'asset_no',
        'name',
        'type',
        'unit_code',
        'ip',
        'mac',
        'owner_no',
        'room',
        'realm',
        'note',
        'since',
      ],
      rows: city.devices.map((d) => [
        d.assetNo,
        d.name,
        d.type,
        d.unitCode,
        d.ip,
        d.mac,
        d.ownerNo,
        d.room,
        d.realm,
        d.note,
        d.since,
      ]),
    },
  ];
}

/** RFC 4180 text of a table: CRLF, quoted where needed, UTF-8 without a byte order mark. */
export function tableCsv(table: ImportTable): string {
  return [table.columns, ...table.rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
