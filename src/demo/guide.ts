/** What the terminal says when everything is fed: where to go, as whom, and how to move the story on. */
import { ACCOUNTS, ADMINISTRATORS, DEMO_PASSWORD } from './accounts.ts';
import type { City } from './city-model.ts';
import type { DemoState } from './state.ts';

/** Columns that a terminal needs: Chinese characters take two. */
function padEnd(text: string, width: number): string {
  const taken = [...text].reduce((n, c) => n + (c.codePointAt(0)! > 0x2e7f ? 2 : 1), 0);
  return text + ' '.repeat(Math.max(0, width - taken));
}

/** How somebody may send a first line of a log. */
export interface LiveIntake {
  /** The address that the demonstration itself sends from. */
  readonly sender: string;
  /** 0: nothing is received over UDP. */
  readonly udpPort: number;
}

function tryText({ sender, udpPort }: LiveIntake): string {
  if (udpPort === 0) return '';
  const words =
    sender === '127.0.0.1'
      ? '本机没有 127.0.0.2，所以它会归到演示网关 example-gateway-live 名下 it counts as the demonstration’s own gateway'
      : '未登记的发送方会出现在“日志源” an unregistered sender shows under log sources';
  return `  5. 发一行日志试试 send a line: logger -n 127.0.0.1 -P ${udpPort} -d hello
     ${words}
`;
}

/** The guide as several lines. */
export function guideText(city: City, state: DemoState, publicUrl: string, live: LiveIntake): string {
  const { ports, token } = state;
  const control = `http://127.0.0.1:${ports['school-07']}/__demo/`;
  const school = city.units.find((unit) => unit.code === city.story.faultySchool)!;
  const administrators = Object.values(ADMINISTRATORS).map(({ username, name }) => [username, name] as const);
  const accounts = [
    ...ACCOUNTS.map(({ username, purpose }) => [username, purpose] as const),
    ...administrators,
  ];
  return `
教盾演示已就绪  The demonstration is ready
  打开 open        ${publicUrl}
  演示邮箱 mail     http://127.0.0.1:${ports.mail}/   （签收链接在邮件里 acknowledgement links are in the mails）
  演示网站 sites    http://127.0.0.1:${ports['school-07']}/ （${school.name}，含植入的隐藏链接）
                   http://127.0.0.1:${ports['school-23']}/ (GBK)   http://127.0.0.1:${ports['school-41']}/

账号 accounts，密码均为 password ${DEMO_PASSWORD}
${accounts.map(([username, purpose]) => `  ${padEnd(username, 18)}${purpose}`).join('\n')}
  其他学校和县 other schools and counties: teacher.school08 …, county.jintang …

接下来 next（网站检查正在进行，事件通常一分钟内出现 the incident appears within about a minute）
  1. 用 city.officer 登录，看事件、倒计时、证据和溯源（姓名密封）。
  2. 在演示邮箱里点开两封报告的签收链接，签收。
  3. 申请揭示姓名（city.officer），再用 city.second 批准。
  4. 清理网页 clean the pages: ${control}?token=${token}
     curl -X POST -H 'x-demo-token: ${token}' ${control}clean
     再次植入 put the fault back: 同一地址换成 ${control}inject
${tryText(live)}`;
}
