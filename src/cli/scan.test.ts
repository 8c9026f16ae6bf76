import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '#test/command';
import { writeZip } from '../modules/scan/documents/write-zip.ts';
import { scanCommand } from './scan.ts';

const folder = mkdtempSync(join(tmpdir(), 'scan-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, content: string | Buffer) => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
};

const run = (argv: string[], stdin = '') => runCommand(scanCommand, argv, { stdin });

const clean = put('clean.txt', '欢迎访问我校网站');
const bad = put('site/bad.html', '<h1>校\n园</h1>\n<p>必威体育</p>');
put('site/deep/id.txt', '学号一 33110220150101001X');
put('site/picture.png', '\x89PNG');

describe('jiaodun scan', () => {
  it('ends with 0 when nothing is found', async () => {
    expect(await run([clean])).toEqual({
      code: 0,
      stdout: '',
      stderr: '已扫描 scanned: 1\n',
    });
  });

  it('walks folders, shows line and column, and ends with 1 on findings', async () => {
    const { code, stdout: out } = await run([join(folder, 'site')]);
    expect(code).toBe(1);
    expect(out).toContain('bad.html:3:4  high  有害词语：赌博 / Harmful term: gambling [term.gambling]  ');
    expect(out).toContain(
      'id.txt:1:5  high  身份证号 / Identity card number [personal.id-card]  学号一 331*************1X',
    );
    expect(out).not.toContain('33110220150101001X');
  });

  it('tells the place in a file in words, and by its name in JSON', async () => {
    const xml = (body: string) =>
      Buffer.from(`<w:comments xmlns:w="x"><w:p><w:r><w:t>${body}</w:t></w:r></w:p></w:comments>`);
    const members = new Map([
      ['[Content_Types].xml', Buffer.from('<Types/>')],
      ['word/document.xml', xml('通知')],
      ['word/comments.xml', xml('学号一 33110220150101001X')],
    ]);
    const file = join(folder, 'notice.docx');
    writeFileSync(file, writeZip(members));
    const { stdout: out } = await run([file]);
    expect(out).toContain('notice.docx: 批注 / comments  high  身份证号 / ');
    expect(out).not.toContain('word/comments.xml');
    const { targets } = JSON.parse((await run(['--json', file])).stdout);
    expect(targets[0].findings[0].part).toBe('word/comments.xml');
  });

  it('prints the JSON of the contract', async () => {
    const { code, stdout: out } = await run(['--json', bad, clean]);
    expect(code).toBe(1);
    const { targets } = JSON.parse(out);
    expect(targets).toMatchObject([
      {
        target: bad,
        findings: [
          {
            rule: 'term.gambling',
            kind: 'term',
            severity: 'high',
            text: '必威体育',
            start: 16,
            end: 20,
            view: 'strict',
          },
        ],
      },
      { target: clean, findings: [] },
    ]);
  });

  it('reports an unreadable target, scans the others, and ends with 2', async () => {
    const missing = join(folder, 'missing.txt');
    const broken = put('broken.docx', 'no');
    const { code, stdout: out } = await run(['--json', missing, broken, bad]);
    expect(code).toBe(2);
    const { targets } = JSON.parse(out);
    expect(targets.map((target: { error?: { code: string } }) => target.error?.code)).toEqual([
      'scan.unreadable',
      'scan.damaged',
      undefined,
    ]);
    expect(targets[2].findings).toHaveLength(1);
  });

  it('reads standard input under a given name', async () => {
    const { code, stdout: out } = await run(
      ['-', '--name', 'page.html', '--json'],
      '<div style="display:none"><a href="http://x.example">友链</a></div>',
    );
    expect(code).toBe(1);
    expect(JSON.parse(out).targets[0].findings[0].rule).toBe('hidden-link.display-none');
  });

  it('takes word lists as text and JSON, instead of the starter list or beside it', async () => {
    const list = put('terms.txt', '# 自定\n校园\tcampus\treview\n');
    const more = put('terms.json', JSON.stringify(['访问']));
    const rules = async (...argv: string[]) =>
      JSON.parse((await run(['--json', ...argv, bad, clean])).stdout).targets.map(
        (target: { findings: { rule: string }[] }) => target.findings.map((finding) => finding.rule),
      );
    expect(await rules('--terms', list, '--terms', more)).toEqual([['term.campus'], ['term.custom']]);
    expect(await rules('--terms', list, '--starter')).toEqual([['term.campus', 'term.gambling'], []]);
  });

  it('names the line of a word list that is wrong, and the usage', async () => {
    const list = put('wrong.txt', '好\n坏\tx\tworst\n');
    const wrong = await run(['--terms', list, clean]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('wrong.txt:2: tier');
    const none = await run(['--terms', put('none.json', 'not json'), clean]);
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining('none.json: 不是有效的 JSON / is not valid JSON'),
    ]);
    expect((await run([])).code).toBe(2);
    const flag = await run(['--nonsense', clean]);
    expect([flag.code, flag.stderr]).toEqual([2, expect.stringContaining('没有这个选项：--nonsense')]);
    const missing = await run(['--terms', join(folder, 'none.txt'), clean]);
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('none.txt: 没有这个文件或目录 / no such file or directory'),
    ]);
    expect((await run(['--help'])).code).toBe(0);
  });

  it('says of an empty text that there is nothing to check, of an empty document that it is none', async () => {
    const text = await run([put('empty.txt', '')]);
    expect([text.code, text.stderr]).toEqual([0, expect.stringContaining('是空的，没有要检查的内容')]);
    const document = await run([put('empty.docx', '')]);
    expect([document.code, document.stderr]).toEqual([2, expect.stringContaining('内容不是 docx')]);
  });

  it('fetches an address, reads its charset, and knows its own links', async () => {
    const server = createServer((request, response) => {
      if (request.url !== '/') return response.writeHead(404).end();
      response.setHeader('content-type', 'text/html; charset=gbk');
      response.end(
        Buffer.concat([
          Buffer.from('<div hidden><a href="/x">y</a></div>'),
          Buffer.from('b0c4c3c5b6c4b3a1', 'hex'),
        ]),
      );
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const found = await run(['--json', url, `${url}missing`]);
    await new Promise((closed) => server.close(closed));
    expect(found.code).toBe(2);
    const { targets } = JSON.parse(found.stdout);
    expect(targets[0].findings.map((finding: { text: string }) => finding.text)).toEqual(['澳门赌场']);
    expect(targets[1].error.code).toBe('scan.fetch_failed');
  });
});
