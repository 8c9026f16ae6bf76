/**
 * Fakes of the other sides of message channels, true to each documented protocol: they check addresses, signatures,
 * sizes and rates as the real ones do, and answer with their codes. They prove our side of the protocol, not that
 * the real services are up.
 */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Peer {
  readonly port: number;
  /** What a channel registers as its internal address. */
  readonly address: string;
  /** Texts that were taken, in order. */
  readonly texts: string[];
  /** Times of requests that were taken. */
  readonly times: number[];
  /** Codes of requests that were refused. */
  readonly refused: string[];
  close(): Promise<void>;
}

type Now = () => Date;

interface Request {
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export async function startHttp(
  answer: (request: Request, reply: ServerResponse) => void,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, reply) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString('utf8');
      answer({ url: new URL(request.url ?? '/', 'http://peer'), headers: request.headers, body }, reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function answerJson(reply: ServerResponse, body: object, status = 200): void {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Requests in any sliding window of a minute. */
function isTooFast(times: readonly number[], now: number, perMinute: number): boolean {
  return times.filter((time) => time > now - 60_000).length >= perMinute;
}

interface RobotRules {
  readonly now: Now;
  readonly perMinute: number;
  readonly maxBytes: number;
  /** Text that the service refuses for good. */
  readonly forbidden?: string;
}

async function startRobot(
  rules: RobotRules,
  check: (request: Request) => { refused: object; code: string } | { text: string },
  codes: { tooFast: object; tooLong: object; forbidden: object; ok: object },
): Promise<Peer> {
  const texts: string[] = [];
  const times: number[] = [];
  const refused: string[] = [];
  const server = await startHttp((request, reply) => {
    const say = (body: object) => {
      refused.push(String(Object.values(body)[0]));
      answerJson(reply, body);
    };
    const checked = check(request);
    if ('refused' in checked) return say(checked.refused);
    if (isTooFast(times, rules.now().getTime(), rules.perMinute)) return say(codes.tooFast);
    if (Buffer.byteLength(checked.text) > rules.maxBytes) return say(codes.tooLong);
    if (rules.forbidden && checked.text.includes(rules.forbidden)) return say(codes.forbidden);
    texts.push(checked.text);
    times.push(rules.now().getTime());
    answerJson(reply, codes.ok);
  });
  return { ...server, address: `127.0.0.1:${server.port}`, texts, times, refused };
}

/** Fake of a DingTalk group robot with signing: 20 messages a minute, timestamp within an hour. */
export function startDingtalk(options: {
  token: string;
  secret: string;
  now: Now;
  forbidden?: string;
}): Promise<Peer> {
  return startRobot(
    { ...options, perMinute: 20, maxBytes: 20_000 },
    ({ url, body }) => {
      const timestamp = url.searchParams.get('timestamp') ?? '';
      const signed = createHmac('sha256', options.secret)
        .update(`${timestamp}\n${options.secret}`)
        .digest('base64');
      const fresh = Math.abs(options.now().getTime() - Number(timestamp)) < 3_600_000;
      if (url.pathname !== '/robot/send' || url.searchParams.get('access_token') !== options.token) {
        return { code: '300001', refused: { errcode: 300001, errmsg: 'token is not exist' } };
      }
      if (!fresh || url.searchParams.get('sign') !== signed) {
        return { code: '310000', refused: { errcode: 310000, errmsg: 'sign not match' } };
      }
      const { msgtype, text } = JSON.parse(body) as { msgtype: string; text: { content: string } };
      if (msgtype !== 'text') return { code: '40035', refused: { errcode: 40035, errmsg: 'bad msgtype' } };
      return { text: text.content };
    },
    {
      tooFast: { errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' },
      tooLong: { errcode: 460101, errmsg: 'message too long' },
      forbidden: { errcode: 310000, errmsg: 'keywords not in content' },
      ok: { errcode: 0, errmsg: 'ok' },
    },
  );
}

/** Fake of a WeCom group robot: the key is in the address; 20 a minute; text of at most 2048 bytes. */
export function startWecom(options: { key: string; now: Now; forbidden?: string }): Promise<Peer> {
  return startRobot(
    { ...options, perMinute: 20, maxBytes: 2048 },
    ({ url, body }) => {
      if (url.pathname !== '/cgi-bin/webhook/send' || url.searchParams.get('key') !== options.key) {
        return { code: '93000', refused: { errcode: 93000, errmsg: 'invalid webhook url' } };
      }
      const { msgtype, text } = JSON.parse(body) as { msgtype: string; text: { content: string } };
      if (msgtype !== 'text')
        return { code: '40008', refused: { errcode: 40008, errmsg: 'invalid message type' } };
      return { text: text.content };
    },
    {
      tooFast: { errcode: 45009, errmsg: 'api freq out of limit' },
      tooLong: { errcode: 40058, errmsg: 'text.content exceed max length 2048' },
      forbidden: { errcode: 40058, errmsg: 'invalid parameter' },
      ok: { errcode: 0, errmsg: 'ok' },
    },
  );
}

/** Fake of a Feishu group robot with signing: 100 a minute, timestamp within an hour, signature in the body. */
export function startFeishu(options: {
  token: string;
  secret: string;
  now: Now;
  forbidden?: string;
}): Promise<Peer> {
  return startRobot(
    { ...options, perMinute: 100, maxBytes: 20_000 },
    ({ url, body }) => {
      const sent = JSON.parse(body) as {
        timestamp?: string;
        sign?: string;
        msg_type: string;
        content: { text: string };
      };
      if (url.pathname !== `/open-apis/bot/v2/hook/${options.token}`) {
        return {
          code: '19001',
          refused: { code: 19001, msg: 'param invalid: incoming webhook access token invalid' },
        };
      }
      const signed = createHmac('sha256', `${sent.timestamp}\n${options.secret}`).update('').digest('base64');
      const fresh = Math.abs(options.now().getTime() / 1000 - Number(sent.timestamp)) < 3600;
      if (!fresh || sent.sign !== signed) {
        return {
          code: '19021',
          refused: { code: 19021, msg: 'sign match fail or timestamp is not within one hour' },
        };
      }
      return { text: sent.content.text };
    },
    {
      tooFast: { code: 11232, msg: 'frequency limited' },
      tooLong: { code: 9500, msg: 'body too large' },
      forbidden: { code: 19024, msg: 'Key Words Not Found' },
      ok: { code: 0, msg: 'success', data: {}, StatusCode: 0, StatusMessage: 'success' },
    },
  );
}

export interface WebhookPeer {
  readonly port: number;
  readonly address: string;
  /** Every request whose signature was right, with its id. */
  readonly taken: { id: string; body: { messages: { subject: string; body: string }[] } }[];
  readonly refused: string[];
  /** What happens to the next requests, one each; then they are taken. */
  readonly next: ((reply: ServerResponse) => void)[];
  /** Called when a request was taken, before it is answered. */
  onTaken: (() => Promise<void> | void) | undefined;
  close(): Promise<void>;
}

/** A receiver of our own webhook, written from the operator's guide: signature, five minutes, ids seen. */
export async function startWebhook(options: { secret: string; now: Now }): Promise<WebhookPeer> {
  const peer: Omit<WebhookPeer, 'port' | 'address' | 'close'> = {
    taken: [],
    refused: [],
    next: [],
    onTaken: undefined,
  };
  const server = await startHttp(({ headers, body }, reply) => {
    const timestamp = String(headers['jiaodun-timestamp']);
    const signature = createHmac('sha256', options.secret).update(`${timestamp}.${body}`).digest('hex');
    const old = Math.abs(options.now().getTime() / 1000 - Number(timestamp)) > 300;
    if (headers['jiaodun-signature'] !== `v1=${signature}` || old) {
      peer.refused.push('signature');
      return answerJson(reply, { error: 'signature' }, 401);
    }
    const mishap = peer.next.shift();
    if (mishap) return mishap(reply);
    peer.taken.push({ id: String(headers['jiaodun-id']), body: JSON.parse(body) });
    void Promise.resolve(peer.onTaken?.()).then(() => answerJson(reply, { ok: true }));
  });
  return Object.assign(peer, { ...server, address: `127.0.0.1:${server.port}` });
}

export interface SmsPeer {
  readonly port: number;
  readonly address: string;
  readonly sent: { phone: string; content: string; ref: string }[];
  /** Codes for the next requests, one each; then 0. */
  readonly codes: string[];
  close(): Promise<void>;
}

/** Fake of a short-message gateway of the common shape: a key in a header, `code` in the answer. */
export async function startSms(options: { key: string }): Promise<SmsPeer> {
  const sent: SmsPeer['sent'] = [];
  const codes: string[] = [];
  const server = await startHttp(({ headers, body }, reply) => {
    if (headers['x-api-key'] !== options.key) return answerJson(reply, { code: '401' }, 401);
    const code = codes.shift() ?? '0';
    if (code !== '0') return answerJson(reply, { code, message: `refused ${code}` });
    sent.push(JSON.parse(body));
    answerJson(reply, { code: '0', data: { id: `gw-${sent.length}` } });
  });
  return { ...server, address: `127.0.0.1:${server.port}`, sent, codes };
}
