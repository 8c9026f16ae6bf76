import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeClock } from '#base/clock';
import { type MailKeeper, startMailKeeper } from './mail-keeper.ts';
import { linkText } from './mail-pages.ts';

let dir: string;
let keeper: MailKeeper;
const clock = fakeClock('2026-03-02T06:30:00.000Z');
const errors: Error[] = [];
const start = (): Promise<MailKeeper> =>
  startMailKeeper({ dir, smtpPort: 0, webPort: 0, now: clock.now, onError: (error) => errors.push(error) });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-mail-'));
  keeper = await start();
});
afterAll(async () => {
  await keeper.close();
  await rm(dir, { recursive: true });
  expect(errors).toEqual([]);
});

async function send(mail: Parameters<ReturnType<typeof createTransport>['sendMail']>[0]): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port: keeper.smtpPort, secure: false });
  clock.advance(1000);
  await transport.sendMail({ from: 'jiaodun@example.org', to: 'police@example.org', ...mail });
  transport.close();
  return keeper.list()[0]!.id;
}

const page = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${keeper.webPort}${path}`, { headers });

describe('the mail keeper', () => {
  it('keeps attachments byte for byte and offers them under their names', async () => {
    const bytes = randomBytes(300_001);
    const name = '事件报告（含证据）云栖县第一中学 2026年第0001号 附件一：网页截图与签名清单.bin';
    const id = await send({ subject: 'x', text: 'x', attachments: [{ filename: name, content: bytes }] });
    const links = [
      ...(await (await page(`/mail/${id}`)).text()).matchAll(/href="(\/mail\/[^"]+\/part\/\d+)"/g),
    ];
    expect(links.length).toBe(1);
    const response = await page(links[0]![1]!);
    const got = Buffer.from(await response.arrayBuffer());
    expect(createHash('sha256').update(got).digest('hex')).toBe(
      createHash('sha256').update(bytes).digest('hex'),
    );
    expect(decodeURIComponent(response.headers.get('content-disposition')!)).toContain(name);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
  });

  it('keeps the mail on disk exactly as it was sent, lines that begin with a dot included', async () => {
    const before = new Set(await readdir(dir));
    const body = 'Subject: dots\r\n\r\n.one\r\n..two\r\nthree\r\n';
    await talk(['EHLO x', 'MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.org>', 'DATA'], body);
    const added = (await readdir(dir)).filter((name) => !before.has(name));
    expect(added.length).toBe(1);
    expect(await readFile(join(dir, added[0]!), 'latin1')).toBe(body);
  });

  it('shows Chinese subjects and text, with links that can be followed', async () => {
    const url = 'http://127.0.0.1:8080/ack/abc_DEF-123?x=1&y=2';
    const subject = '【事件报告】云栖县第一中学网站出现有害信息，请在两小时内确认收到本报告并反馈处置意见';
    const id = await send({ to: '网警支队 <police@example.org>', subject, text: `请点击确认：${url}。谢谢` });
    expect(keeper.list()[0]).toMatchObject({ subject, to: '网警支队 <police@example.org>' });
    const list = await (await page('/')).text();
    expect(list).toContain(subject);
    const text = await (await page(`/mail/${id}`)).text();
    expect(text).toContain(`<a href="${url.replace('&', '&amp;')}" rel="noreferrer">`);
    expect(text).toContain('。谢谢');
  });

  it('shows hostile mail as text', async () => {
    const script = '<script>alert(1)</script>';
    const attachments = [{ filename: `${script}.html`, content: script, contentType: 'text/html' }];
    const id = await send({
      subject: script,
      text: `${script} http://a.example/"onmouseover=x`,
      attachments,
    });
    for (const path of ['/', `/mail/${id}`]) {
      const response = await page(path);
      const html = await response.text();
      expect(html).not.toContain('<script>');
      expect(html).not.toContain('"onmouseover');
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    const part = await page(`/mail/${id}/part/1`);
    expect(part.headers.get('content-type')).toBe('application/octet-stream');
    expect(part.headers.get('content-disposition')).toMatch(/^attachment/);
  });

  it('lists newest first, and again after a restart', async () => {
    await send({ subject: 'older', text: 'x' });
    await send({ subject: 'newer', text: 'x' });
    const before = keeper.list();
    expect(before.slice(0, 2).map((mail) => mail.subject)).toEqual(['newer', 'older']);
    await keeper.close();
    keeper = await start();
    expect(keeper.list()).toEqual(before);
  });

  it('answers only to loopback names and only to reads', async () => {
    const status = (host: string): Promise<string> =>
      rawRequest(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await status('evil.example')).toContain(' 421 ');
    expect(await status(`localhost:${keeper.webPort}`)).toContain(' 200 ');
    const posted = await fetch(`http://127.0.0.1:${keeper.webPort}/`, { method: 'POST' });
    expect(posted.status).toBe(405);
  });

  it('serves no file but the kept mails', async () => {
    for (const path of [
      '/mail/..%2f..%2fetc%2fpasswd',
      '/mail/x',
      '/mail/20260302T063000000Z-0123456789ab',
    ]) {
      expect((await page(path)).status).toBe(404);
    }
  });
});

describe('links in text', () => {
  it('end before Chinese and closing punctuation', () => {
    expect(linkText('见http://a.example/x。')).toBe(
      '见<a href="http://a.example/x" rel="noreferrer">http://a.example/x</a>。',
    );
    expect(linkText('(http://a.example/x).')).toContain('>http://a.example/x</a>).');
    expect(linkText('javascript:alert(1)')).toBe('javascript:alert(1)');
  });
});

/** Speaks SMTP by hand: nodemailer would not send such a body unchanged. */
async function talk(commands: readonly string[], body: string): Promise<void> {
  const socket = createConnection(keeper.smtpPort, '127.0.0.1');
  const replies = socket[Symbol.asyncIterator]();
  const answered = async (wanted: RegExp): Promise<void> => {
    let text = '';
    while (!/^\d{3} .*\r\n$/m.test(text)) text += String((await replies.next()).value);
    expect(text).toMatch(wanted);
  };
  await answered(/^220/);
  for (const command of commands) {
    socket.write(`${command}\r\n`);
    await answered(/^(250|354)/);
  }
  socket.write(`${body.replace(/^\./gm, '..')}.\r\n`);
  await answered(/^250/);
  socket.end('QUIT\r\n');
  await replies.next();
  socket.destroy();
}

async function rawRequest(request: string): Promise<string> {
  const socket = createConnection(keeper.webPort, '127.0.0.1');
  socket.write(request);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text.split('\r\n')[0]!;
}
