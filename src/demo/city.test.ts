import { describe, expect, it } from 'vitest';
import { identityNumber, unifiedCreditCode } from './check-digits.ts';
import { buildCity, LIVE_SCHOOLS } from './city.ts';
import { importTables, tableCsv } from './import-files.ts';

const resolveTo = {
  'school-07': '127.0.0.1:18081',
  'school-23': '127.0.0.1:18082',
  'school-41': '127.0.0.1:18083',
};
const city = buildCity({ seed: 2009, resolveTo });

function count(list: readonly string[]): number {
  return new Set(list).size;
}

describe('the synthetic city', () => {
  it('is the same to the byte for the same seed, and another for another seed', () => {
    const bytes = (seed: number): string =>
      importTables(buildCity({ seed, resolveTo })).map(tableCsv).join('');
    expect(bytes(2009)).toBe(bytes(2009));
    expect(bytes(2010)).not.toBe(bytes(2009));
  });

  it('has a city bureau, nine counties, sixty schools and about three thousand devices', () => {
    const kinds = (kind: string): number => city.units.filter((unit) => unit.kind === kind).length;
    expect([kinds('city'), kinds('county'), kinds('school')]).toEqual([1, 9, 60]);
    expect(city.people.length).toBe(201);
    expect(city.sites.length).toBe(63);
    expect(city.devices.length).toBe(3100);
    // First in the register: see buildSites.
    expect(city.sites.slice(0, 3).map((site) => site.unitCode)).toEqual([...LIVE_SCHOOLS]);
    expect(city.sites.slice(0, 3).map((site) => site.resolveTo)).toEqual(Object.values(resolveTo));
    const lost = city.sites.filter((site) => !site.resolveTo).map((site) => site.unitCode);
    expect(lost).toEqual(['school-19', 'school-56']);
  });

  it('uses every natural key once and every reference names a row above', () => {
    const units = new Set<string>();
    for (const unit of city.units) {
      expect(unit.parentCode === '' ? unit.kind === 'city' : units.has(unit.parentCode)).toBe(true);
      units.add(unit.code);
    }
    const people = new Map(city.people.map((person) => [person.personNo, person.unitCode]));
    expect(people.size).toBe(city.people.length);
    expect(count(city.people.map((p) => p.name))).toBe(city.people.length);
    expect(count(city.people.map((p) => p.email))).toBe(city.people.length);
    expect(count(city.sites.map((s) => s.url))).toBe(city.sites.length);
    expect(count(city.allocations.map((a) => a.cidr))).toBe(city.allocations.length);
    for (const key of ['assetNo', 'ip', 'mac'] as const) {
      expect(count(city.devices.map((d) => d[key]))).toBe(city.devices.length);
    }
    for (const device of city.devices) {
      expect(people.get(device.ownerNo)).toBe(device.unitCode);
      expect(device.since).toMatch(/^202[345]-\d\d-\d\d$/);
    }
    for (const site of city.sites) expect(people.get(site.managerNo)).toBe(site.unitCode);
  });

  it('gives each device an address inside the /22 of its own unit, in ranges that do not overlap', () => {
    const start = (cidr: string): number => {
      const [ip] = cidr.split('/');
      return ip!.split('.').reduce((n, octet) => n * 256 + Number(octet), 0);
    };
    const inside = city.allocations.filter((a) => a.role === 'inside');
    const range = new Map(inside.map((a) => [a.unitCode, start(a.cidr)]));
    for (const device of city.devices) {
      const offset = start(device.ip) - range.get(device.unitCode)!;
      expect(offset).toBeGreaterThan(1);
      expect(offset).toBeLessThan(1023);
    }
    const begins = inside.map((a) => start(a.cidr)).sort((a, b) => a - b);
    for (let i = 1; i < begins.length; i++) expect(begins[i]! - begins[i - 1]!).toBeGreaterThanOrEqual(1024);
  });

  it('registers only globally administered unicast MAC addresses outside the VRRP ranges', () => {
    for (const { mac } of city.devices) {
      expect(mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
      expect(Number.parseInt(mac.slice(0, 2), 16) & 3).toBe(0);
      expect(mac).not.toMatch(/^00:00:5e:00:0[12]:/);
    }
  });

  it('invents phones, mail addresses and public networks that belong to nobody', () => {
    for (const person of city.people) {
      expect(person.phone).toMatch(/^1390000\d{4}$/);
      expect(person.email).toMatch(/@example\.org$/);
    }
    for (const { cidr, role } of city.allocations) {
      if (role === 'exit') expect(cidr).toMatch(/^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+\/26$/);
      else expect(cidr).toMatch(/^10\.\d+\.\d+\.0\/22$/);
    }
    for (const site of city.sites) expect(new URL(site.url).hostname).toMatch(/\.example$/);
  });

  it('writes credit codes whose two check characters hold in an independent calculation', () => {
    // GB 32100 and GB 11714 as sums that must vanish, not as the generator computes them.
    const alphabet = [...'0123456789ABCDEFGHJKLMNPQRTUWXY'];
    const codes = [...city.units.map((unit) => unit.uscc), '12100000400000624D', '12100000470095016Q'];
    for (const code of codes) {
      expect(code).toMatch(/^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/);
      const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1];
      const total = [...code].reduce((sum, c, i) => sum + alphabet.indexOf(c) * weights[i]!, 0);
      expect(total % 31).toBe(0);
      const last = code[16] === 'X' ? 10 : Number(code[16]);
      const body = [3, 7, 9, 10, 5, 8, 4, 2].reduce((sum, w, i) => sum + w * Number(code[8 + i]), 0);
      expect((body + last) % 11).toBe(0);
    }
    expect(unifiedCreditCode('12', '100000', 40000062)).toBe('12100000400000624D');
  });

  it('knows the published identity number', () => {
    expect(identityNumber('110105', '19491231', '002')).toBe('11010519491231002X');
  });

  it('tells a story of a registered computer of another school of the same county', () => {
    const device = city.devices.find((d) => d.assetNo === city.story.deviceAssetNo)!;
    const parent = (code: string): string => city.units.find((u) => u.code === code)!.parentCode;
    expect(device.unitCode).not.toBe(city.story.faultySchool);
    expect(parent(device.unitCode)).toBe(parent(city.story.faultySchool));
    expect(device.room).toContain('微机室');
  });
});

describe('the import files', () => {
  it('quote cells as RFC 4180 asks', () => {
    const table = {
      kind: 'units',
      columns: ['a', 'b'],
      rows: [
        ['x,y', 'say "hi"'],
        ['line\nbreak', ''],
      ],
    } as const;
    expect(tableCsv(table)).toBe('a,b\r\n"x,y","say ""hi"""\r\n"line\nbreak",\r\n');
  });

  it('have as many cells in each row as columns', () => {
    for (const table of importTables(city)) {
      expect(table.rows.length).toBeGreaterThan(0);
      for (const row of table.rows) expect(row.length).toBe(table.columns.length);
    }
  });
});
