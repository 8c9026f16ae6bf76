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
    ['2026年11月22日9点一刻（北京时间）', '2026-11-22T01:15:00.000Z'],
    ['2026年11月22日晚12点（北京时间）', '2026-11-22T16:00:00.000Z'],
    ['2026年11月22日二十一时三十五分（北京时间）', '2026-11-22T13:35:00.000Z'],
    ['二〇二六年十一月廿二日廿一时三十五分四十秒 北京时间', '2026-11-22T13:35:40.000Z'],
    ['2026年11月22日9时35分PM（北京时间）', '2026-11-22T13:35:00.000Z'],
    ['2026-11-22 9:35:40 p.m. UTC+8', '2026-11-22T13:35:40.000Z'],
    ['2026-11-22 12:00:00 AM UTC', '2026-11-22T00:00:00.000Z'],
    ['2026-11-22 下午9:35（北京时间）', '2026-11-22T13:35:00.000Z'],
    ['2026-11-22 24:00:00 UTC', '2026-11-23T00:00:00.000Z'],
    ['时间（北京时间）：2026-11-22 21:35:40', '2026-11-22T13:35:40.000Z'],
  ])('reads %s as people write it', (text, expected) => {
    const [time] = findTimes(text);
    expect(momentOf(time!, {}, null)).toEqual({ at: Date.parse(expected) });
  });

  it('a range has its zone and its day once', () => {
    const times = findTimes('2026年11月22日21时35分至21时40分（北京时间）');
    expect(times.map((time) => momentOf(time, {}, null))).toEqual([
      { at: Date.parse('2026-11-22T13:35:00Z') },
      { at: Date.parse('2026-11-22T13:40:00Z') },
    ]);
  });

  it('the heading of a column states the zone, unless another states another', () => {
    const rows = '时间（北京时间）  地址\n2026-11-22 21:35:40 203.0.113.7:51234';
    expect(brief(rows)).toEqual([['203.0.113.7', 51234, '2026-11-22T13:35:40.000Z', '']]);
    expect(brief(`Time (UTC)\n${rows}`)[0]![3]).toBe('no_zone');
  });

  it.each(['请提供一点线索', '以下3点要求', '00:00:5e:00:53:01', '一时间'])('%s holds none', (text) => {
    expect(findTimes(text)).toEqual([]);
  });

  it.each([
    ['2026-11-22 25:35:40 +08:00', 'no_such_time'],
    ['25:35:40', 'no_such_time'],
    ['2026-11-22 21:35 AM', 'no_such_time'],
    ['2026年11月22日晚上1点（北京时间）', 'night_unclear'],
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
    expect(read(text).entries.map((one) => one.proto)).toEqual(['tcp', 'udp', null, null, null]);
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
        ['times_unclear', 'no_proto'],
      ],
      [
        ['no_time', 'no_port'],
        ['times_unclear', 'no_proto'],
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
    expect(proto('203.0.113.7:51234 GRE 2026-11-22T05:10:05Z')).toEqual([[null, []]]);
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

describe('what a space or the end of a line cuts', () => {
  const time = '时间：2026年11月22日 21时35分40秒（北京时间）';
  const ends = (text: string) =>
    read(`${text}\n${time}`).entries.map(({ ends: [own], gaps }) => [`${own!.ip}:${own!.port}`, gaps.join()]);

  it.each([
    ['公网地址：203.0.113.1\n30，端口：20049', ['203.0.113.130:20049', '203.0.113.1:20049']],
    ['公网地址：203.0.113.130，端口：2004\n9', ['203.0.113.130:20049', '203.0.113.130:2004']],
    ['203.0.113.130:200\n49', ['203.0.113.130:20049', '203.0.113.130:200']],
    ['203.0.113.1 30，端口：20 049', ['203.0.113.130:20049', '203.0.113.1:30']],
    ['203.0.113.\n130：20049\n对端地址 192.0.2.210 端口443', ['203.0.113.130:20049']],
    ['203. 0. 113. 130 端口 20049', ['203.0.113.130:20049']],
    ['203.0.\n113.130:20049', ['203.0.113.130:20049']],
    ['203.0.11\n3.130:20049', ['203.0.113.130:20049']],
    ['地址20\n3.0.113.130:20049', ['203.0.113.130:20049', '3.0.113.130:20049']],
    ['2001:db8::\n130 端口 20049', ['2001:db8::130:20049', '2001:db8:::null']],
    ['端口：443 80，地址：203.0.113.130', ['203.0.113.130:44380', '203.0.113.130:443']],
  ])('%j is no question before somebody looked at it', (text, expected) => {
    const read = ends(text);
    expect(read.map(([end]) => end)).toEqual(expected);
    expect(read.map(([, gaps]) => gaps!.includes('broken'))).toEqual(expected.map(() => true));
  });

  it.each([
    ['203.0.113.130: 20049', ['203.0.113.130:20049']],
    ['203.0.113.8 51235', ['203.0.113.8:51235']],
    ['203.0.113.8 51235 UDP 2026-11-22 05:10:05 UTC', ['203.0.113.8:51235']],
    ['203.0.113.8 22 Nov 2026 05:10:05 GMT', ['203.0.113.8:null']],
    ['1、203.0.113.1:20049\n2、203.0.113.2:20050', ['203.0.113.1:20049', '203.0.113.2:20050']],
    ['203.0.113.1:22222\n203.0.113.2:22222', ['203.0.113.1:22222', '203.0.113.2:22222']],
    ['203.0.113.1 11月的记录，端口：20049', ['203.0.113.1:20049']],
    ['IP地址：\n203.0.113.130\n源端口：\n20049', ['203.0.113.130:20049']],
    ['1 58.20.1.1:20049', ['58.20.1.1:20049']],
    ['203.0.113.\u200b130:20049', ['203.0.113.130:20049']],
    ['①203.0.113.130:20049', ['203.0.113.130:20049']],
    ['::ffff:203.0.113.130 端口 20049', ['::ffff:203.0.113.130:20049']],
    ['::ffff:203.0.113.130:20049', ['::ffff:203.0.113.130:20049']],
    ['[64:ff9b::203.0.113.130]:20049', ['64:ff9b::203.0.113.130:20049']],
  ])('%j is whole', (text, expected) => {
    expect(ends(text)).toEqual(expected.map((end) => [end, end.endsWith('null') ? 'no_port' : '']));
  });

  it('a time over two lines is read whole, and cut digits in it are told', () => {
    const at = (text: string) =>
      read(`203.0.113.7:51234\n${text}`).entries.map(({ at, gaps }) => [iso(at), gaps.join()]);
    expect(at('2026年11月22日\n21时35分40秒（北京时间）')).toEqual([['2026-11-22T13:35:40.000Z', '']]);
    expect(at('2026年11月22日21时3\n5分40秒（北京时间）')).toEqual([['2026-11-22T13:35:40.000Z', 'broken']]);
  });
});

describe('ports', () => {
  const gaps = (text: string) =>
    read(`${text}\n2026-11-22T05:10:05Z`).entries.map(({ ends: [own], gaps }) => [own!.port, gaps.join()]);

  it.each([
    ['203.0.113.130 端口20000-20100', 'port_range'],
    ['203.0.113.130，端口：20000至20100', 'port_range'],
    ['203.0.113.130:20000-20100', 'port_range'],
    ['203.0.113.130，端口：20049、20050', 'port_range'],
    ['203.0.113.130，端口：0', 'bad_port'],
    ['203.0.113.130:65536', 'bad_port'],
    ['203.0.113.130\n源端口：200491', 'bad_port'],
    ['203.0.113.130', 'no_port'],
  ])('%j is told, not taken', (text, gap) => {
    expect(gaps(text)).toEqual([[null, gap]]);
  });

  it('of the far end are its own', () => {
    const [entry] = read(
      '源IP：203.0.113.130\n源端口：20049\n目的IP：192.0.2.210\n目的端口：443\n2026-11-22T05:10:05Z',
    ).entries;
    expect(entry!.ends.map(({ ip, port }) => [ip, port])).toEqual([
      ['203.0.113.130', 20049],
      ['192.0.2.210', 443],
    ]);
  });
});

describe('what was not read', () => {
  const left = (text: string) => read(text).unread.map(({ line, holds }) => [line, holds.join()]);
  const whole = '203.0.113.7:51234 2026-11-22T05:10:05Z';

  it.each([
    ['203.0.113.8:51235', 'address'],
    ['另有 203.0.113.300 一处', 'address'],
    ['203。0。113。9', 'address'],
    ['203.0.113.0/24', 'address'],
    ['203.0.113.1-20', 'address'],
    ['2001:db8:1:2', 'address'],
    ['源端口：51236', 'port'],
    ['端口号见附件，约51236', 'port'],
    ['下午3点另有一次', 'time'],
    ['25:35:40 又一次', 'time'],
  ])('%j is told', (text, holds) => {
    expect(left(`${whole}\n${text}`)).toEqual([[2, expect.stringContaining(holds)]]);
  });

  it('is nothing where all of it was read, and no date, telephone or hardware address', () => {
    expect(left(whole)).toEqual([]);
    const letter = `协查函\n闽公网协〔2026〕1号\n\nIP地址：203.0.113.7\n源端口：51234\n时间：2026年11月22日 13时10分05秒（北京时间）\nMAC 00:00:5e:00:53:01\n\n联系电话 0590-1234567\n2026年11月23日`;
    expect(left(letter)).toEqual([]);
  });

  it('holds no address of a sentence: each is a question', () => {
    const three = '203.0.113.7、203.0.113.8和203.0.113.9 于2026年11月22日21时35分40秒（北京时间）发帖';
    expect(read(three).entries.map(({ ends }) => ends.map(({ ip }) => ip))).toEqual([
      ['203.0.113.7'],
      ['203.0.113.8'],
      ['203.0.113.9'],
    ]);
    expect(left(three)).toEqual([]);
    const far = '源IP 203.0.113.7:1、203.0.113.8:2 访问 目的IP 192.0.2.1:443，2026-11-22T05:10:05Z';
    expect(read(far).entries.map(({ ends }) => ends.map(({ ip }) => ip))).toEqual([
      ['203.0.113.7', '192.0.2.1'],
      ['203.0.113.8', '192.0.2.1'],
    ]);
  });

  it('of a mail names its attachments', () => {
    const mail = `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n${whole}\r\n--b\r\nContent-Type: application/pdf; name="letter.pdf"\r\n\r\n%PDF\r\n--b--`;
    expect(read(mail)).toMatchObject({
      entries: [{}],
      unread: [{ text: 'letter.pdf', holds: ['attachment'] }],
    });
  });

  it('around a report of a machine is told', () => {
    const xml = `<Infringement><Source><TimeStamp>2026-11-22T05:10:05Z</TimeStamp><IP_Address>203.0.113.7</IP_Address><Port>51234</Port></Source></Infringement>`;
    expect(left(`${xml}\nand 203.0.113.9, too`)).toEqual([[2, 'address']]);
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
            const askable = ['no_port', 'bad_port', 'port_range', 'broken'];
            expect(entry.at === null).toBe(entry.gaps.some((gap) => !askable.includes(gap)));
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
    ['我局正在侦办“11·23”案件，请协助', null, '“11·23”案件'],
    ['我局正在办理一起“网络诽谤”案，请协助', null, '“网络诽谤”案'],
    ['关于查询网络地址使用情况的函', null, '查询网络地址使用情况'],
    ['Case ID: CRT-2026-77, 203.0.113.7', 'CRT-2026-77', null],
    ['203.0.113.7 端口 51234，2026年11月22日13时10分', null, null],
    ['2026-11-22 13:10:05 203.0.113.7 GET /a?case=1', null, null],
  ])('is read from %j', (text, caseNo, reason) => {
    expect(read(text)).toMatchObject({ caseNo, reason });
  });
});
