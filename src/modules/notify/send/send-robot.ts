/** Group robots of WeCom, DingTalk and Feishu: text messages, each signed and answered in its own way. */
import type { App } from '#base/app';
import type { OpenChannel } from '../open-channel.ts';
import { lineOf, type Outcome, type Outgoing } from './outcome.ts';
import { fieldOf, postJson } from './post-json.ts';
import { signDingtalk, signFeishu } from './signatures.ts';

interface Robot {
  request(channel: OpenChannel, text: string, now: Date): { url: string; body: object };
  /** Where the answer keeps its code; 0 is success. */
  readonly code: string;
  readonly message: string;
  /** Sent too fast: rest, then the same again. */
  readonly tooFast: readonly string[];
  /** The other side is busy. */
  readonly busy: readonly string[];
  /** The robot is gone, or address, signature or sender are refused: it reaches nobody until somebody mends it. */
  readonly broken: readonly string[];
}

const robots: Readonly<Record<'wecom' | 'dingtalk' | 'feishu', Robot>> = {
  wecom: {
    request: (channel, text) => ({ url: channel.url, body: { msgtype: 'text', text: { content: text } } }),
    code: 'errcode',
    message: 'errmsg',
    tooFast: ['45009', '45033'],
    busy: ['-1'],
    broken: ['93000', '93004', '93008'],
  },
  dingtalk: {
    request: (channel, text, now) => {
      const url = new URL(channel.url);
      if (channel.secret !== '') {
        const timestamp = now.getTime();
        url.searchParams.set('timestamp', String(timestamp));
        url.searchParams.set('sign', signDingtalk(channel.secret, timestamp));
      }
      return { url: url.href, body: { msgtype: 'text', text: { content: text } } };
    },
    code: 'errcode',
    message: 'errmsg',
    tooFast: ['130101', '130102', '410100', '90030'],
    busy: ['-1'],
    broken: ['300001', '300005', '400013', '400101', '40035', '50006'],
  },
  feishu: {
    request: (channel, text, now) => {
      const timestamp = Math.floor(now.getTime() / 1000);
      const signed =
        channel.secret === ''
          ? {}
          : { timestamp: String(timestamp), sign: signFeishu(channel.secret, timestamp) };
      return { url: channel.url, body: { ...signed, msg_type: 'text', content: { text } } };
    },
    code: 'code',
    message: 'msg',
    tooFast: ['11232', '9499'],
    busy: ['11233'],
    broken: ['19001', '19002', '19021', '19022'],
  },
};

/** Rest after “too fast”: the windows of all three are a minute. */
const restSeconds = 60;

export async function sendRobot(
  app: App,
  channel: OpenChannel & { kind: 'wecom' | 'dingtalk' | 'feishu' },
  outgoing: Outgoing,
): Promise<Outcome> {
  const robot = robots[channel.kind];
  const { url, body } = robot.request(channel, outgoing.text, app.clock.now());
  const result = await postJson(app, channel, { url, body: JSON.stringify(body) });
  if ('failure' in result) return result.failure;
  const { answer } = result;
  const code = fieldOf(answer.json, robot.code) ?? fieldOf(answer.json, 'StatusCode');
  const words = fieldOf(answer.json, robot.message) ?? answer.text;
  const detail = lineOf(`${robot.code}=${code ?? '?'} ${words}`);
  if (code === '0') return { outcome: 'accepted', detail };
  // Without a code it is not the robot that answered: a gateway, a sign-in page.
  if (code === undefined) return { outcome: 'unreachable', detail, left: true };
  if (robot.tooFast.includes(code))
    return { outcome: 'temporary', detail, left: true, pauseSeconds: restSeconds };
  if (robot.busy.includes(code)) return { outcome: 'temporary', detail, left: true };
  // DingTalk answers 310000 for a missing keyword, a wrong signature and a foreign address alike.
  const isBroken = robot.broken.includes(code) || (code === '310000' && !/keyword/i.test(words));
  return { outcome: isBroken ? 'unreachable' : 'permanent', detail, left: true };
}
