import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { outboundFetch } from '#base/outbound';
import { isPublicAddress } from '#base/outbound/addresses';

/** A key and a self-signed certificate for www.school.example, made for this test only. */
const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTyAmhSPbNE9qpbz2
Mr2o4JVBy8ZQCoijpLDzxpfJE9ehRANCAARBl838TccgIZ91EKhChZB5yd/4J948
5WDV50keUfMZTs2H3JptH5STTNgJo0TiClSDePs8L1Oj90djUMF2XGc9
-----END PRIVATE KEY-----`;
const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIB3TCCAYKgAwIBAgIUS9DV6TWLVM8jdRFadjOV59nvXVAwCgYIKoZIzj0EAwIw
MzEbMBkGA1UEAwwSd3d3LnNjaG9vbC5leGFtcGxlMRQwEgYDVQQKDAtUZXN0IFNj
aG9vbDAgFw0yNjExMjIxNDEwMTRaGA8yMTI2MTAyOTE0MTAxNFowMzEbMBkGA1UE
AwwSd3d3LnNjaG9vbC5leGFtcGxlMRQwEgYDVQQKDAtUZXN0IFNjaG9vbDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABEGXzfxNxyAhn3UQqEKFkHnJ3/gn3jzlYNXn
SR5R8xlOzYfcmm0flJNM2AmjROIKVIN4+zwvU6P3R2NQwXZcZz2jcjBwMB0GA1Ud
DgQWBBTExb9sHazA6K7HxhyaefPJZHgUCzAfBgNVHSMEGDAWgBTExb9sHazA6K7H
xhyaefPJZHgUCzAPBgNVHRMBAf8EBTADAQH/MB0GA1UdEQQWMBSCEnd3dy5zY2hv
b2wuZXhhbXBsZTAKBggqhkjOPQQDAgNJADBGAiEAkV9a88oaPs2npSR0jp6blqhU
eckv2/pRh6HzD8H4W5UCIQCZfEbO1G5O9q9rE0Lxd3+riHHHB8O/4YoIdA/MmRuz
rw==
-----END CERTIFICATE-----`;

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Listens on loopback; `answer` gets each connection's first bytes. */
async function serve(answer: (socket: Socket, request: string) => void, tls = false): Promise<number> {
  const onConnection = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => sockets.delete(socket));
    socket.once('data', (data) => answer(socket, data.toString('latin1')));
  };
  const server = tls
    ? createTlsServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, onConnection)
    : createServer(onConnection);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const host = 'www.school.example';
const allowing = (port: number) => ({ allow: [{ host, address: '127.0.0.1', port }] });
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
const reply = (head: string, body: Uint8Array | string = '') =>
  Buffer.concat([Buffer.from(`HTTP/1.1 ${head}\r\n\r\n`, 'latin1'), Buffer.from(body)]);

describe('which addresses may be reached', () => {
  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fdff::1',
    'ff02::1',
    'fec0::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2001:0:1::1',
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::1',
    'example.com',
    '',
    '1.2.3',
  ])('refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.32.0.1',
    '100.63.255.255',
    '2606:4700::1',
    '2400:3200::1',
    '64:ff9b::808:808',
  ])('lets %s through', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://017700000001/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://0/',
    'https://169.254.169.254/latest/meta-data',
    'http://127.0.0.1./',
  ])('fetches nothing from %s', async (address) => {
    const result = await outboundFetch(address);
    expect(result).toMatchObject({ status: 0, exchanges: [], error: { code: 'outbound.forbidden_address' } });
  });

  it.each([
    'file:///etc/passwd',
    'ftp://www.school.example/',
    'gopher://x/',
    'javascript:1',
    'http://',
    'nonsense',
    '',
  ])('takes %s for no address of the web', async (address) => {
    expect((await outboundFetch(address)).error?.code).toBe('outbound.bad_url');
  });

  it('asks for a name once, refuses it when it is private, and says when it is unknown', async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return ['127.0.0.1', '10.0.0.1'];
    };
    const result = await outboundFetch('http://rebind.example/', { resolve });
    expect([result.error?.code, asked]).toEqual(['outbound.forbidden_address', 1]);
    const unknown = await outboundFetch('http://nowhere.example/', { resolve: async () => [] });
    expect(unknown.error?.code).toBe('outbound.dns_failed');
  });

  it('reaches a registered host at its registered address and port only', async () => {
    const port = await serve((socket) => socket.end(reply('200 OK', 'school')));
    const other = await serve((socket) => socket.end(reply('200 OK', 'secret')));
    const allow = [{ host: 'WWW.school.example.', address: '127.0.0.1', port }];
    expect(text((await outboundFetch(`http://${host}/`, { allow })).body)).toBe('school');
    expect(text((await outboundFetch(`http://${host}:${port}/`, { allow })).body)).toBe('school');
    for (const address of [
      `http://${host}:${other}/`,
      `http://127.0.0.1:${port}/`,
      `http://evil.${host}:${port}/`,
    ]) {
      const resolve = async () => ['127.0.0.1'];
      const refused = await outboundFetch(address, { allow, resolve });
      expect(refused.error?.code).toBe('outbound.forbidden_address');
    }
    const withoutPort = await outboundFetch(`http://${host}:${port}/`, {
      allow: [{ host, address: '127.0.0.1' }],
    });
    expect(withoutPort.error?.code).toBe('outbound.forbidden_address');
  });

  it('judges every redirect anew and keeps what led there', async () => {
    const inner = await serve((socket) => socket.end(reply('200 OK', 'secret')));
    const port = await serve((socket) =>
      socket.end(reply(`302 Found\r\nLocation: http://127.0.0.1:${inner}/admin`)),
    );
    const result = await outboundFetch(`http://${host}/`, allowing(port));
    expect(result.error?.code).toBe('outbound.forbidden_address');
    expect(result.exchanges.map((exchange) => exchange.status)).toEqual([302]);
    expect(text(result.body)).not.toContain('secret');
  });
});

describe('what is kept of an exchange', () => {
  it('is every byte as it went over the wire, and the body without its codings', async () => {
    const page = Buffer.from('<p>网页内容</p>'.repeat(50));
    const coded = gzipSync(page);
    const half = coded.length >> 1;
    const head =
      'HTTP/1.1 200 Fine\r\nX-Odd:  two  spaces\r\ncontent-ENCODING: gzip\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = (bytes: Buffer) =>
      Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
    const wire = Buffer.concat([
      Buffer.from(head),
      chunk(coded.subarray(0, half)),
      chunk(coded.subarray(half)),
      Buffer.from('0\r\n\r\n'),
    ]);
    let heard = '';
    const port = await serve((socket, request) => {
      heard = request;
      socket.end(wire);
    });
    const result = await outboundFetch(`http://${host}/a?b=1#c`, allowing(port));
    const [exchange] = result.exchanges;
    expect(Buffer.from(exchange!.rawResponse).equals(wire)).toBe(true);
    expect(Buffer.from(exchange!.rawRequest).toString('latin1')).toBe(heard);
    expect(heard).toMatch(/^GET \/a\?b=1 HTTP\/1\.1\r\nHost: www\.school\.example\r\n/);
    expect(text(result.body)).toBe(page.toString());
    expect(exchange).toMatchObject({
      remoteAddress: '127.0.0.1',
      remotePort: port,
      dns: { host, answers: ['127.0.0.1'], via: 'register' },
      truncated: false,
    });
  });

  it.each([
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['zstd', zstdCompressSync],
    ['gzip', gzipSync],
    ['identity', (body: Buffer) => body],
  ] as const)('has the body decoded from %s', async (coding, encode) => {
    const body = encode(Buffer.from('春风化雨'));
    const port = await serve((socket) => socket.end(reply(`200 OK\r\nContent-Encoding: ${coding}`, body)));
    expect(text((await outboundFetch(`http://${host}/`, allowing(port))).body)).toBe('春风化雨');
  });

  it('leaves a body that is wrongly labelled as coded as it is', async () => {
    const port = await serve((socket) => socket.end(reply('200 OK\r\nContent-Encoding: gzip', 'plain page')));
    expect(text((await outboundFetch(`http://${host}/`, allowing(port))).body)).toBe('plain page');
  });

  it('is every step of a chain of redirects, with a location in raw UTF-8', async () => {
    const port = await serve((socket, request) => {
      const there = request.startsWith('GET /%E6%96%B0%E9%97%BB ');
      socket.end(
        there
          ? reply('200 OK', 'news')
          : reply(`301 Moved\r\nLocation: ${Buffer.from('/新闻').toString('latin1')}`),
      );
    });
    const result = await outboundFetch(`http://${host}/`, allowing(port));
    expect(result.exchanges.map((exchange) => exchange.status)).toEqual([301, 200]);
    expect([text(result.body), result.finalUrl]).toEqual(['news', `http://${host}/%E6%96%B0%E9%97%BB`]);
    const alone = await outboundFetch(`http://${host}/`, { ...allowing(port), maxRedirects: 0 });
    expect([alone.status, alone.exchanges.length, alone.error]).toEqual([301, 1, undefined]);
  });

  it('is a certificate that does not verify, when it is to be recorded or is named; else nothing is sent', async () => {
    let heard = '';
    const port = await serve((socket, request) => {
      heard = request;
      socket.end(reply('200 OK', 'secure'));
    }, true);
    const refused = await outboundFetch(`https://${host}/`, allowing(port));
    expect([refused.error?.code, heard]).toEqual(['outbound.tls_untrusted', '']);
    const trusted = await outboundFetch(`https://${host}/`, { ...allowing(port), ca: TEST_CERTIFICATE });
    expect([trusted.status, trusted.error]).toEqual([200, undefined]);
    const other = { host: 'other.example', address: '127.0.0.1', port };
    const renamed = await outboundFetch('https://other.example/', { allow: [other], ca: TEST_CERTIFICATE });
    expect(renamed.error?.code).toBe('outbound.tls_untrusted');
    const recorded = await outboundFetch(`https://${host}/`, { ...allowing(port), insecureTls: 'record' });
    expect(text(recorded.body)).toBe('secure');
    expect(recorded.exchanges[0]?.tls).toMatchObject({
      authorized: false,
      authorizationError: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(recorded.exchanges[0]?.tls?.subject).toContain('CN=www.school.example');
    expect(Buffer.from(recorded.exchanges[0]!.rawRequest).toString()).toMatch(/^GET \/ HTTP/);
  });
});

describe('a hostile server', () => {
  it('cannot keep us for ever', async () => {
    const port = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nslow'));
    const result = await outboundFetch(`http://${host}/`, { ...allowing(port), timeoutMs: 300 });
    expect(result).toMatchObject({ status: 200, truncated: true, error: { code: 'outbound.timeout' } });
    expect(text(result.body)).toBe('slow');
    const silent = await serve(() => {});
    const nothing = await outboundFetch(`http://${host}/`, { ...allowing(silent), timeoutMs: 300 });
    expect(nothing).toMatchObject({ status: 0, error: { code: 'outbound.timeout' } });
    const handshake = await outboundFetch(`https://${host}/`, { ...allowing(silent), timeoutMs: 300 });
    expect(handshake.error?.code).toBe('outbound.timeout');
  });

  it('cannot keep us with a resolver that never answers', async () => {
    const never = new Promise<string[]>(() => {});
    const result = await outboundFetch(`http://${host}/`, { resolve: () => never, timeoutMs: 100 });
    expect(result.error?.code).toBe('outbound.timeout');
  });

  it('cannot fill the memory with a body without end', async () => {
    const port = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'x')));
      };
      socket.on('drain', more);
      more();
    });
    const result = await outboundFetch(`http://${host}/`, { ...allowing(port), maxBytes: 100_000 });
    expect([result.body.length, result.truncated, result.error]).toEqual([100_000, true, undefined]);
    expect(result.exchanges[0]!.rawResponse.length).toBeLessThan(400_000);
  });

  it('cannot fill the memory with one-byte chunks or with headers', async () => {
    const chunks = await serve((socket) => {
      socket.end(reply('200 OK\r\nTransfer-Encoding: chunked', '1\r\nx\r\n'.repeat(500_000)));
    });
    const drip = await outboundFetch(`http://${host}/`, { ...allowing(chunks), maxBytes: 100_000 });
    expect([drip.truncated, drip.exchanges[0]!.rawResponse.length <= 100_000 + 131_072]).toEqual([
      true,
      true,
    ]);
    const heads = await serve((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(200_000)}\r\n`),
    );
    const flood = await outboundFetch(`http://${host}/`, { ...allowing(heads), maxBytes: 100_000 });
    expect([flood.status, flood.error?.code]).toEqual([0, 'outbound.cut_off']);
    expect(flood.exchanges[0]!.rawResponse.length).toBeLessThanOrEqual(100_000 + 131_072);
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('cannot blow us up with a %s bomb', async (coding, encode) => {
    const bomb = encode(Buffer.alloc(20_000_000));
    const port = await serve((socket) => socket.end(reply(`200 OK\r\nContent-Encoding: ${coding}`, bomb)));
    const result = await outboundFetch(`http://${host}/`, { ...allowing(port), maxBytes: 100_000 });
    expect([result.body.length, result.truncated]).toEqual([100_000, true]);
  });

  it('has what it sent kept when it breaks off, talks nonsense or says nothing', async () => {
    const short = await serve((socket) => socket.end(reply('200 OK\r\nContent-Length: 50', 'only this')));
    const cut = await outboundFetch(`http://${host}/`, allowing(short));
    expect([text(cut.body), cut.truncated, cut.error?.code]).toEqual(['only this', true, 'outbound.cut_off']);
    const odd = await serve((socket) => socket.end('220 mail.example ESMTP\r\n'));
    const nonsense = await outboundFetch(`http://${host}/`, allowing(odd));
    expect(nonsense.error?.code).toBe('outbound.protocol_error');
    expect(text(nonsense.exchanges[0]!.rawResponse)).toBe('220 mail.example ESMTP\r\n');
    const mute = await serve((socket) => socket.destroy());
    expect((await outboundFetch(`http://${host}/`, allowing(mute))).error?.code).toBe('outbound.cut_off');
  });

  it('cannot lead us in circles', async () => {
    const port = await serve((socket) => socket.end(reply('302 Found\r\nLocation: /again')));
    const result = await outboundFetch(`http://${host}/`, { ...allowing(port), maxRedirects: 3 });
    expect([result.error?.code, result.exchanges.length]).toEqual(['outbound.too_many_redirects', 4]);
  });

  it('does not get the secrets that another origin was meant to have', async () => {
    const heard: string[] = [];
    const second = await serve((socket, request) => {
      heard.push(request);
      socket.end(reply('200 OK'));
    });
    const first = await serve((socket) => socket.end(reply('307 Go\r\nLocation: http://other.example/')));
    await outboundFetch(`http://${host}/`, {
      allow: [...allowing(first).allow, { host: 'other.example', address: '127.0.0.1', port: second }],
      headers: { Cookie: 'session=1', Authorization: 'Bearer x', 'X-Plain': 'yes' },
    });
    expect(heard[0]).toContain('X-Plain: yes');
    expect(heard[0]).not.toMatch(/session|Bearer/);
  });

  it('is left at once when the caller gives up', async () => {
    const port = await serve(() => {});
    const controller = new AbortController();
    const pending = outboundFetch(`http://${host}/`, { ...allowing(port), signal: controller.signal });
    controller.abort();
    expect((await pending).error?.code).toBe('outbound.aborted');
  });
});
