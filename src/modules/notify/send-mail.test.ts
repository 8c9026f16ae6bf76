import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { createMailer, type Mail } from './send-mail.ts';

interface Peer {
  url: string;
  /** Raw messages in the order of arrival, with their envelope recipients. */
  received: { raw: string; to: string[]; secure: boolean }[];
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function startPeer(options: SMTPServerOptions = {}): Promise<Peer> {
  const received: Peer['received'] = [];
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    disabledCommands: options.onAuth ? [] : ['AUTH'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        received.push({ raw: Buffer.concat(chunks).toString('latin1'), to, secure: session.secure });
        done();
      });
    },
    ...options,
  });
  // A client that hangs up in the middle of a TLS handshake is part of some tests.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${port}`, received };
}

/** A TCP peer that does only what `onConnect` does. */
async function startRaw(onConnect: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(onConnect);
  const sockets = new Set<{ destroy(): unknown }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const from = '教盾 <jiaodun@bureau.example>';
const mail: Mail = {
  to: 'duty@police.example',
  subject: '【演练】关于“首页被植入隐藏链接”的情况报告，请在两小时内签收，编号 SJ-2026-000017',
  text: '请签收。\n.\n第二行',
  messageId: '<incident-17-police-1@bureau.example>',
};
const plain = (url: string) => `${url}?tls=off`;

/** Decodes RFC 2047 base64 and quoted-printable words of one header. */
function headerOf(raw: string, name: string): string {
  const unfolded = raw.split('\r\n\r\n')[0]!.replace(/\r\n[ \t]/g, ' ');
  const value = unfolded
    .split('\r\n')
    .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  const words = (value ?? '')
    .slice(name.length + 1)
    .trim()
    .replace(/\?=\s+=\?/g, '?==?');
  return words.replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
    decodeWord(kind, text),
  );
}

function decodeWord(kind: string, text: string): string {
  if (kind.toUpperCase() === 'B') return Buffer.from(text, 'base64').toString('utf8');
  const bytes = text
    .replaceAll('_', ' ')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

test('delivers Chinese subject, text and attachment under the id that the caller gave', async () => {
  const peer = await startPeer();
  const content = Uint8Array.from({ length: 5000 }, (_, index) => index % 256);
  const receipt = await createMailer({ url: plain(peer.url), from }).send({
    ...mail,
    html: '<p>请签收。</p>',
    attachments: [{ fileName: '情况报告.pdf', content, contentType: 'application/pdf' }],
    headers: { 'X-Jiaodun-Incident': 'SJ-2026-000017' },
  });
  expect(receipt).toMatchObject({ messageId: mail.messageId, accepted: [mail.to], refused: [] });
  expect(receipt.response).toMatch(/^250 /);
  const [message] = peer.received;
  const raw = message?.raw ?? '';
  expect(message?.to).toEqual([mail.to]);
  expect(headerOf(raw, 'Subject')).toBe(mail.subject);
  expect(headerOf(raw, 'From')).toBe('教盾 <jiaodun@bureau.example>');
  expect(headerOf(raw, 'Message-ID')).toBe(mail.messageId);
  expect(headerOf(raw, 'X-Jiaodun-Incident')).toBe('SJ-2026-000017');
  expect(headerOf(raw, 'Auto-Submitted')).toBe('auto-generated');
  const bodies = raw
    .split(/\r\n--[^\r\n]+/)
    .map((part) => part.split('\r\n\r\n').slice(1).join('').replace(/\s/g, ''));
  expect(bodies).toContain(Buffer.from(content).toString('base64'));
  expect(bodies.map((body) => Buffer.from(body, 'base64').toString('utf8'))).toContain(
    mail.text.replaceAll('\n', '\r\n'),
  );
  expect(raw).toContain(`filename*0*=utf-8''${encodeURIComponent('情况报告').slice(0, 9)}`);
});

test('sends the same id again when the same mail is sent twice', async () => {
  const peer = await startPeer();
  const mailer = createMailer({ url: plain(peer.url), from });
  await mailer.send(mail);
  await mailer.send(mail);
  expect(peer.received.map(({ raw }) => headerOf(raw, 'Message-ID'))).toEqual([
    mail.messageId,
    mail.messageId,
  ]);
});

test('signs in with a password that has special characters', async () => {
  const seen: unknown[] = [];
  const peer = await startPeer({
    onAuth: ({ username, password }, _session, done) => {
      seen.push([username, password]);
      done(null, { user: username });
    },
  });
  const url = peer.url.replace('//', `//${encodeURIComponent('用户@x')}:${encodeURIComponent('p:a/s@s?')}@`);
  await createMailer({ url: `${url}?tls=unverified`, from }).send(mail);
  expect(seen).toEqual([['用户@x', 'p:a/s@s?']]);
  expect(peer.received[0]?.secure).toBe(true);
});

test('does not talk to a server whose certificate it cannot verify', async () => {
  const peer = await startPeer();
  await expect(createMailer({ url: peer.url, from }).send(mail)).rejects.toMatchObject({
    code: 'notify.smtp_unreachable',
  });
  expect(peer.received).toEqual([]);
});

test('calls a permanent answer refused, whichever command it answers', async () => {
  const refusal = (text: string) => Object.assign(new Error(text), { responseCode: 550 });
  const cases: SMTPServerOptions[] = [
    { onRcptTo: (_address, _session, done) => done(refusal('no such mailbox')) },
    { onMailFrom: (_address, _session, done) => done(refusal('no such mailbox')) },
    {
      onData(stream, _session, done) {
        stream.resume();
        stream.on('end', () => done(refusal('no such mailbox')));
      },
    },
    {
      onAuth: (_auth, _session, done) =>
        done(Object.assign(new Error('no such mailbox'), { responseCode: 535 })),
    },
  ];
  for (const options of cases) {
    const peer = await startPeer({ ...options, allowInsecureAuth: true });
    const url = options.onAuth ? peer.url.replace('//', '//a:b@') : peer.url;
    await expect(createMailer({ url: plain(url), from }).send(mail)).rejects.toMatchObject({
      code: 'notify.smtp_refused',
      details: { response: expect.stringContaining('no such mailbox') },
    });
  }
});

test('calls a temporary answer unreachable', async () => {
  const peer = await startPeer({
    onRcptTo: (_address, _session, done) =>
      done(Object.assign(new Error('greylisted'), { responseCode: 451 })),
  });
  await expect(createMailer({ url: plain(peer.url), from }).send(mail)).rejects.toMatchObject({
    code: 'notify.smtp_unreachable',
    details: { reason: expect.stringContaining('greylisted') },
  });
});

test('tells which of several recipients were refused', async () => {
  const peer = await startPeer({
    onRcptTo: ({ address }, _session, done) =>
      done(
        address.startsWith('gone')
          ? Object.assign(new Error('no such mailbox'), { responseCode: 550 })
          : null,
      ),
  });
  const to = ['duty@police.example', 'gone@police.example'];
  const receipt = await createMailer({ url: plain(peer.url), from }).send({ ...mail, to });
  expect(receipt.accepted).toEqual(['duty@police.example']);
  expect(receipt.refused).toEqual([
    { address: 'gone@police.example', response: expect.stringContaining('no such mailbox') },
  ]);
});

test('calls a closed port, a silent, a babbling and a vanishing server unreachable', async () => {
  const closed = await startRaw(() => undefined);
  await closers.pop()!();
  const silent = await startRaw(() => undefined);
  const babbling = await startRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const vanishing = await startRaw((socket) => {
    socket.write('220 hello\r\n');
    socket.once('data', () => socket.destroy());
  });
  for (const url of [closed, silent, babbling, vanishing, 'smtp://no-such-host.invalid']) {
    const mailer = createMailer({ url: plain(url), from, silenceMilliseconds: 200 });
    await expect(mailer.send(mail), url).rejects.toMatchObject({ code: 'notify.smtp_unreachable' });
  }
});

test('gives up on a delivery that does not end', async () => {
  const url = await startRaw((socket) => {
    socket.on('data', () => socket.write('250-more to come\r\n'));
    socket.write('220 hello\r\n');
  });
  const mailer = createMailer({ url: plain(url), from, deliveryMilliseconds: 300 });
  await expect(mailer.send(mail)).rejects.toMatchObject({ code: 'notify.smtp_unreachable' });
});

test('lets no header, recipient or id be smuggled in', async () => {
  const peer = await startPeer();
  const mailer = createMailer({ url: plain(peer.url), from });
  const bad: Partial<Mail>[] = [
    { to: 'a@x.example, b@y.example' },
    { to: 'a@x.example\r\nRCPT TO:<b@y.example>' },
    { to: [] },
    { subject: 'x\r\nBcc: b@y.example' },
    { messageId: 'no-brackets@x' },
    { messageId: '<a@b>\r\nBcc: c@d' },
    { headers: { 'X-A': 'x\r\nBcc: b@y.example' } },
    { headers: { 'X-A: y\r\nBcc': 'b@y.example' } },
  ];
  for (const change of bad) {
    await expect(mailer.send({ ...mail, ...change })).rejects.toMatchObject({ code: 'base.invalid_input' });
  }
  expect(peer.received).toEqual([]);
});

test('refuses a URL that is not SMTP without repeating its password', () => {
  for (const url of ['http://a:secret@x', 'smtp://', 'nonsense', 'smtp://a:secret@x?tls=maybe']) {
    expect(() => createMailer({ url, from })).toThrow(
      expect.objectContaining({ code: 'base.invalid_input' }),
    );
    expect(() => createMailer({ url, from })).not.toThrow(/secret/);
  }
});
