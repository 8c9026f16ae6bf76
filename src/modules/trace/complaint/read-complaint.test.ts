import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readComplaint } from './read-complaint.ts';
import { findTimes, momentOf } from './read-when.ts';

const now = Date.parse('2026-11-23T00:00:00Z');
const read = (text: string | Uint8Array, answers: { offset?: number; date?: string } = {}) =>
  readComplaint(text, answers, now);
const iso = (at: number | null | undefined) => (at == null ? null : new Date(at).toISOString());
const brief = (text: string, answers = {}) =>
  read(text, answers).entries.map((one) => [
    one.ends[0]!.ip,
    one.ends[0]!.port,
    iso(one.at),
    one.gaps.join(),
  ]);

describe('times', () => {
  it.each([
    ['2026-11-22T05:10:05Z', '2026-11-22T05:10:05.000Z'],
    ['2026-11-22 13:10:05 +0800', '2026-11-22T05:10:05.000Z'],
    ['2026-11-22 13:10:05.250 UTC+8', '2026-11-22T05:10:05.250Z'],
    ['2026/11/22 13:10:05（北京时间）', '2026-11-22T05:10:05.000Z'],
    ['北京时间2026年11月22日 13时10分05秒', '2026-11-22T05:10:05.000Z'],
    ['2026年11月22日下午1时10分05秒（北京时间）', '2026-11-22T05:10:05.000Z'],
    ['2026年11月22日 13:10:05 北京时间', '2026-11-22T05:10:05.000Z'],
    ['22/Nov/2026:13:10:05 +0800', '2026-11-22T05:10:05.000Z'],
    ['Sun, 22 Nov 2026 00:10:05 -0500', '2026-11-22T05:10:05.000Z'],
    ['1795324205', '2026-11-22T05:10:05.000Z'],
    ['1795324205.250', '2026-11-22T05:10:05.250Z'],
    ['1795324205250', '2026-11-22T05:10:05.250Z'],
    ['2026-11-22 05:10:05 GMT', '2026-11-22T05:10:05.000Z'],
    ['时间:2026-11-22 13:10:05 +0800', '2026-11-22T05:10:05.000Z'],
    ['时间:1795324205', '2026-11-22T05:10:05.000Z'],
  ])('reads %s', (text, expected) => {
    const [time, ...more] = findTimes(text);
    expect(more).toEqual([]);
    expect(momentOf(time!, {}, null)).toEqual({ at: Date.parse(expected) });
  });

  it.each([
    ['2026-11-22 13:10:05', 'no_zone'],
    ['2026-11-22 13:10:05 CST', 'zone_ambiguous'],
    ['2026-11-22 13:10:05 IST', 'zone_ambiguous'],
    ['13:10:05.123456', 'no_date'],
    ['Nov 22 13:10:05', 'no_year'],
    ['11月22日 13时10分', 'no_year'],
    ['2026-02-30 13:10:05Z', 'no_such_time'],
  ])('asks about %s', (text, gap) => {
    expect(momentOf(findTimes(text)[0]!, {}, null)).toEqual({ gap });
  });

  it('takes zone and date from the reader, and a zone that the text states for all but not for CST', () => {
    const [time] = findTimes('13:10:05');
    expect(momentOf(time!, { offset: 480, date: '2026-11-22' }, null)).toEqual({
      at: Date.parse('2026-11-22T05:10:05Z'),
    });
    const [named] = findTimes('2026-11-22 13:10:05 CST');
    expect(momentOf(named!, {}, 480)).toEqual({ gap: 'zone_ambiguous' });
    expect(momentOf(named!, { offset: 480 }, null)).toEqual({ at: Date.parse('2026-11-22T05:10:05Z') });
  });
});

describe('a complaint', () => {
  it('in a letter has address, port and time below one another', () => {
    const letter = `协查函\n\n请协助核查以下信息：\nIP地址：203.0.113.7\n源端口：51234\n时间：2026年11月22日 13时10分05秒（北京时间）\n\n联系电话 0590-1234567`;
    expect(brief(letter)).toEqual([['203.0.113.7', 51234, '2026-11-22T05:10:05.000Z', '']]);
  });

  it('in lines is one question for each, with ports and both ends', () => {
    const text = [
      '203.0.113.7:51234 2026-11-22T05:10:05Z tcp',
      '203.0.113.8,51235,udp,2026-11-22 13:10:06+08:00',
      '源IP 203.0.113.9 端口 51236 目的IP 198.51.100.2:443 时间 2026-11-22 13:10:07 北京时间',
      '[2001:db8::1]:51237 -> [2001:db8:2::2]:443 2026-11-22T05:10:08Z',
      '203[.]0[.]113[.]10:1 ２０２６-11-22 13:10:09 UTC+8',
    ].join('\n');
    expect(brief(text)).toEqual([
      ['203.0.113.7', 51234, '2026-11-22T05:10:05.000Z', ''],
      ['203.0.113.8', 51235, '2026-11-22T05:10:06.000Z', ''],
      ['203.0.113.9', 51236, '2026-11-22T05:10:07.000Z', ''],
      ['2001:db8::1', 51237, '2026-11-22T05:10:08.000Z', ''],
      ['203.0.113.10', 1, '2026-11-22T05:10:09.000Z', ''],
    ]);
    expect(read(text).entries.map((one) => one.proto)).toEqual(['tcp', 'udp', 'tcp', 'tcp', 'tcp']);
    expect(read(text).entries[2]!.ends[1]).toMatchObject({ ip: '198.51.100.2', port: 443 });
  });

  it('without a zone is asked about, not guessed', () => {
    expect(brief('203.0.113.7:51234 2026-11-22 13:10:05')).toEqual([['203.0.113.7', 51234, null, 'no_zone']]);
    expect(brief('203.0.113.7:51234 2026-11-22 13:10:05 CST')[0]![3]).toBe('zone_ambiguous');
    expect(brief('203.0.113.7:51234 2026-11-22 13:10:05', { offset: 480 })[0]![2]).toBe(
      '2026-11-22T05:10:05.000Z',
    );
    const stated = read('All times are in UTC\n\n203.0.113.7:51234 2026-11-22 05:10:05');
    expect(stated.entries[0]).toMatchObject({ at: Date.parse('2026-11-22T05:10:05Z') });
    expect(stated.entries[0]!.notes).toContain('zone_stated');
  });

  it('without a port or time says so', () => {
    expect(brief('203.0.113.7 2026-11-22T05:10:05Z')[0]![3]).toBe('no_port');
    expect(brief('攻击源 203.0.113.7:51234')[0]![3]).toBe('no_time');
    expect(brief('203.0.113.7:51234 2027-11-22T05:10:05Z')[0]![3]).toBe('in_future');
  });

  it('does not pair addresses and times that stand apart', () => {
    const text = 'IP: 203.0.113.7\nIP: 203.0.113.8\n时间: 2026-11-22T05:10:05Z\n时间: 2026-11-22T06:10:05Z';
    const { entries } = read(text);
    expect(entries.map((one) => [one.gaps, one.notes])).toEqual([
      [
        ['no_time', 'no_port'],
        ['times_unclear', 'proto_assumed'],
      ],
      [
        ['no_time', 'no_port'],
        ['times_unclear', 'proto_assumed'],
      ],
    ]);
  });

  it('of tcpdump has both ends, and asks for what tcpdump does not print', () => {
    const lines = [
      '13:10:05.123456 IP 203.0.113.7.51234 > 198.51.100.2.443: Flags [S], seq 1, win 64240, length 0',
      '2026-11-22 13:10:05.2 IP6 2001:db8::1.51234 > 2001:db8:2::2.53: UDP, length 40',
    ].join('\n');
    const answers = { date: '2026-11-22', offset: 480 };
    expect(brief(lines).map((one) => one[3])).toEqual(['no_date', 'no_zone']);
    expect(brief(lines, answers)).toEqual([
      ['203.0.113.7', 51234, '2026-11-22T05:10:05.123Z', ''],
      ['2001:db8::1', 51234, '2026-11-22T05:10:05.200Z', ''],
    ]);
    expect(read(lines).entries.map((one) => [one.source, one.proto, one.ends[1]])).toEqual([
      ['tcpdump', 'tcp', { ip: '198.51.100.2', port: 443, isSource: false }],
      ['tcpdump', 'udp', { ip: '2001:db8:2::2', port: 53, isSource: false }],
    ]);
  });

  it('of a web server has client and time, and the port where the server logs it', () => {
    const lines = [
      '203.0.113.7 - - [22/Nov/2026:13:10:05 +0800] "POST /login HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11; 10.0.0.1:99)" 203.0.113.7:51234',
      'www.example.org:443 203.0.113.8 - - [22/Nov/2026:13:10:06 +0800] "GET / HTTP/1.1" 404 12 "-" "curl/8"',
    ].join('\n');
    expect(brief(lines)).toEqual([
      ['203.0.113.7', 51234, '2026-11-22T05:10:05.000Z', ''],
      ['203.0.113.8', null, '2026-11-22T05:10:06.000Z', 'no_port'],
    ]);
  });

  it('tells protocols without ports, and a word beside a port is none', () => {
    const proto = (text: string) => read(text).entries.map((one) => [one.proto, one.gaps]);
    expect(proto('203.0.113.7 ICMP 2026-11-22T05:10:05Z')).toEqual([['icmp', []]]);
    expect(proto('203.0.113.7:51234 GRE 2026-11-22T05:10:05Z')).toEqual([['tcp', []]]);
    expect(proto('13:10:05.2 IP 203.0.113.7 > 198.51.100.2: ICMP echo request, id 7')[0]![0]).toBe('icmp');
    expect(proto('13:10:05.2 IP 203.0.113.7 > 198.51.100.2: GREv1, call 7')[0]![0]).toBe('gre');
  });

  it('tells which addresses stand in a header that anybody can write', () => {
    const header = (text: string) => read(text).entries.map((one) => one.forwarded);
    const at = '2026-11-22T05:10:05Z';
    expect(header(`203.0.113.7:51234 ${at} X-Forwarded-For: 10.1.4.12, 10.1.4.13`)).toEqual([
      ['10.1.4.12', '10.1.4.13'],
    ]);
    expect(header(`${at} X-Real-IP 里写的是 10.1.4.12`)).toEqual([['10.1.4.12']]);
    expect(header(`${at} 203.0.113.7:51234`)).toEqual([[]]);
  });

  it('in X-ARF is read from the report of a mail, in YAML and in JSON', () => {
    const yaml = `Reported-From: abuse@example.org\nCategory: abuse\nReport-Type: login-attack\nService: ssh\nPort: 22\nDate: Sun, 22 Nov 2026 13:10:05 +0800\nSource: 203.0.113.7\nSource-Type: ipv4\nSchema-URL: http://schema.example/x.json\n`;
    const json = JSON.stringify({
      Version: '2',
      Report: {
        ReportClass: 'Activity',
        Date: '2026-11-22T05:10:05Z',
        SourceIp: '203.0.113.8',
        SourcePort: 51234,
        DestinationIp: '198.51.100.2',
        DestinationPort: 22,
      },
      XARF: '3',
    });
    const mail = (body: string, type: string) =>
      `From: a@example.org\r\nDate: Mon, 23 Nov 2026 09:00:00 +0800\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDear all\r\n--x\r\nContent-Type: ${type}; name="report.txt"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(body).toString('base64')}\r\n--x--\r\n`;
    expect(brief(mail(yaml, 'text/plain'))).toEqual([
      ['203.0.113.7', null, '2026-11-22T05:10:05.000Z', 'no_port'],
    ]);
    expect(read(mail(yaml, 'text/plain')).entries[0]!.notes).toContain('port_of_which_side');
    expect(brief(mail(json, 'application/json'))).toEqual([
      ['203.0.113.8', 51234, '2026-11-22T05:10:05.000Z', ''],
    ]);
    expect(read(mail(json, 'application/json')).entries[0]!.ends[1]).toMatchObject({
      ip: '198.51.100.2',
      port: 22,
    });
  });

  it('in ACNS is read from the XML in a text; entities are refused', () => {
    const xml = `<?xml version="1.0"?><Infringement xmlns="http://www.acns.net/ACNS"><Source><TimeStamp>2026-11-22T05:10:05Z</TimeStamp><IP_Address>203.0.113.7</IP_Address><Port>51234</Port><Type>BitTorrent</Type></Source></Infringement>`;
    expect(brief(`Notice\n- ----Start ACNS XML\n${xml}\n- ----End`)).toEqual([
      ['203.0.113.7', 51234, '2026-11-22T05:10:05.000Z', ''],
    ]);
    const evil = xml.replace('<Source>', '<!DOCTYPE a [<!ENTITY b "c">]><Source>');
    expect(read(evil).entries.filter((one) => one.source === 'acns')).toEqual([]);
  });

  it('in a mail of GBK bytes with quoted-printable is read, and said once', () => {
    const body = Buffer.from([0xb6, 0xcb, 0xbf, 0xda]); // 端口
    const qp = [...body].map((byte) => `=${byte.toString(16).toUpperCase()}`).join('');
    const part = (type: string, text: string) =>
      `--b\r\nContent-Type: ${type}; charset=gbk\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${text}\r\n`;
    const mail = `Message-ID: <1@example>\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n${part('text/plain', `203.0.113.7 ${qp} 51234 2026-11-22T05:10:05Z`)}${part('text/html', `<p>203.0.113.7 ${qp} 51234 <b>2026-11-22T05:10:05Z</b></p>`)}--b--`;
    expect(brief(mail)).toEqual([['203.0.113.7', 51234, '2026-11-22T05:10:05.000Z', '']]);
    expect(brief(Buffer.from(mail, 'latin1') as never)).toHaveLength(1);
  });

  it('takes the ends that roles name, whatever their order', () => {
    const [entry] = read('目的IP：198.51.100.2:443，源IP：203.0.113.7:51234，2026-11-22T05:10:05Z').entries;
    expect(entry!.ends.map(({ ip, port }) => [ip, port])).toEqual([
      ['203.0.113.7', 51234],
      ['198.51.100.2', 443],
    ]);
  });
});

describe('whatever is pasted', () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom(
      '203.0.113.7:51234',
      '2001:db8::1',
      '2026-11-22 13:10:05',
      '端口：',
      'CST',
      '\r\n',
      '\n\n',
      'IP ',
      ' > ',
      ': Flags [S]',
      'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x',
      'Source: 203.0.113.7\nReport-ID: 1\n',
      '{"SourceIp":"',
      '<Infringement>',
      '</Infringement>',
      '13时10分',
      '[22/Nov/2026:13:10:05 +0800] "',
      'MIME-Version: 1.0\r\n',
      '1795324205',
      '[.]',
      '::',
      '1.2.3.4.5',
    ),
  );

  it('never fails, and every question is whole or says what it lacks', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
        (text) => {
          for (const entry of read(text).entries) {
            expect(entry.ends.length).toBeGreaterThan(0);
            expect(entry.at === null).toBe(entry.gaps.some((gap) => gap !== 'no_port'));
            if (entry.at !== null) expect(entry.at).toBeLessThanOrEqual(now);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('as bytes never fails', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void read(bytes)),
      { numRuns: 1000 },
    );
  });

  it('is read back as it was written, in every form of time', () => {
    const two = (value: number) => String(value).padStart(2, '0');
    const forms: ((d: Date) => string)[] = [
      (d) => d.toISOString(),
      (d) => `${d.getTime() / 1000}`.padEnd(10),
      (d) => {
        const c = new Date(d.getTime() + 8 * 3_600_000);
        return `${c.getUTCFullYear()}年${c.getUTCMonth() + 1}月${c.getUTCDate()}日 ${c.getUTCHours()}时${two(c.getUTCMinutes())}分${two(c.getUTCSeconds())}秒（北京时间）`;
      },
      (d) => new Date(d.getTime() + 8 * 3_600_000).toISOString().replace('T', ' ').replace('.000Z', ' +0800'),
    ];
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.integer({ min: 1, max: 65535 }),
        fc.integer({ min: 1_500_000_000, max: now / 1000 }),
        fc.nat(3),
        (ip, port, seconds, form) => {
          const at = new Date(seconds * 1000);
          expect(brief(`${ip}:${port} ${forms[form]!(at)}`)).toEqual([[ip, port, at.toISOString(), '']]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is read to a limit that is told', () => {
    const many = Array.from({ length: 600 }, (_, i) => `203.0.113.7:${i + 1} 2026-11-22T05:10:05Z`).join(
      '\n',
    );
    expect(read(many)).toMatchObject({ isCut: true, entries: { length: 500 } });
    expect(read('1.'.repeat(2_000_000)).entries).toEqual([]);
  });
});

describe('the case', () => {
  it.each([
    ['闽公网协〔2026〕1号\n\n203.0.113.7', '闽公网协〔2026〕1号', null],
    ['根据东公(网安)协字[2026]第12号函', '东公(网安)协字[2026]第12号', null],
    ['案件编号：A3301002026110001\n案由：网络诽谤', 'A3301002026110001', '网络诽谤'],
    ['我局正在侦办“11·03网络诈骗案”，请协助', null, '11·03网络诈骗案'],
    ['我大队正在侦办一起网络诽谤案，请协助', null, '网络诽谤案'],
    ['关于查询网络地址使用情况的函', null, '查询网络地址使用情况'],
    ['Case ID: CRT-2026-77, 203.0.113.7', 'CRT-2026-77', null],
    ['203.0.113.7 端口 51234，2026年11月22日13时10分', null, null],
    ['2026-11-22 13:10:05 203.0.113.7 GET /a?case=1', null, null],
  ])('is read from %j', (text, caseNo, reason) => {
    expect(read(text)).toMatchObject({ caseNo, reason });
  });
});
