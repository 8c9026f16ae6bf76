import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { deviceSheet } from '#addresses/contract';
import { readRecords, readSheet } from '#base/sheet';
import { buildCity } from './city.ts';

const example = (name: string): Promise<Buffer> =>
  readFile(new URL(`../../examples/${name}`, import.meta.url));
const readme = String(await example('README.md'));
const city = buildCity({ seed: 2009, resolveTo: { 'school-07': '', 'school-23': '', 'school-41': '' } });

describe('the example inputs', () => {
  it('have as many log lines as their README says', async () => {
    for (const name of ['dnsmasq.log', 'conntrack.log', 'squid.log']) {
      const lines = String(await example(name)).split('\n');
      if (lines.at(-1) === '') lines.pop();
      const told = new RegExp(`${name.replace('.', '\\.')}[^|]*\\| (\\d+) 行`).exec(readme);
      expect(lines.length, name).toBe(Number(told?.[1]));
    }
  });

  it('fit the demonstration city, but for the two rows that the README names', async () => {
    const sheet = await readSheet(await example('devices.csv'), 'devices.csv');
    const { records } = readRecords(deviceSheet, sheet);
    expect(records.length).toBe(7);
    const school = city.networks.find((network) => network.unitCode === 'school-01')!;
    const staff = city.people.filter((person) => person.unitCode === 'school-01').map((p) => p.personNo);
    const faulty = records.filter(({ values }) => {
      expect(values.unit_code).toBe('school-01');
      expect(staff).toContain(values.owner_no);
      expect(city.devices.some((d) => d.ip === values.ip || d.assetNo === values.asset_no)).toBe(false);
      const inside = new RegExp(`^${school.prefix}\\.${school.third + 1}\\.\\d+$`).test(values.ip!);
      return !inside || !/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(values.mac!);
    });
    expect(faulty.map(({ row }) => row)).toEqual([6, 8]);
  });

  it('lead from the public port at the time in the README to the device in the README', async () => {
    const nat = String(await example('conntrack.log')).split('\n');
    const port = nat.filter((line) => / dport=20101(?: \[ASSURED\])?$/.test(line));
    const times = port.map((line) => Number(/^\[([\d.]+)\]/.exec(line)![1]) * 1000);
    const [first, end, second] = times as [number, number, number];
    const asked = (text: string): number => Date.parse(`2026-11-02T${text}+08:00`);
    expect(first < asked('10:09:33') && asked('10:09:33') < end).toBe(true);
    expect(end < asked('10:15:00') && asked('10:15:00') < second).toBe(true);
    expect(second < asked('10:20:30') && asked('10:20:30') < times[3]!).toBe(true);
    expect(port[0]).toContain(' src=10.11.5.21 ');
    expect(port[2]).toContain(' src=10.11.5.23 ');
    const leases = String(await example('dnsmasq.log'));
    expect(leases).toContain('DHCPACK(br0) 10.11.5.21 00:00:5e:70:00:01 ');
  });

  it('include a page that is GBK and not UTF-8', async () => {
    const bytes = await example('page-gbk.html');
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow(TypeError);
    expect(new TextDecoder('gbk', { fatal: true }).decode(bytes)).toContain('示例县实验小学');
  });
});
