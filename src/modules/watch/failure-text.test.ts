import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { halfOf } from '#base/contract';
import { outboundFetch } from '#base/outbound';
import { failureText } from './failure-text.ts';
import { judgeCrawl } from './rules.ts';

/** A port of this machine at which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('tells a refused connection in each language, the code of the system in brackets', async () => {
  const port = await closedPort();
  const allow = [{ host: 'www.school.example', address: '127.0.0.1', port }];
  const { error } = await outboundFetch(`http://www.school.example:${port}/`, { allow });
  const text = failureText(error!);
  expect(halfOf(text, 'zh')).toBe(
    `连接不上服务器：127.0.0.1:${port}，对方没有在这个端口提供服务（ECONNREFUSED）`,
  );
  expect(halfOf(text, 'en')).toBe(
    `The server cannot be reached: 127.0.0.1:${port}, nothing answers at that port (ECONNREFUSED)`,
  );
});

it('tells an internal address that nobody registered in each language', async () => {
  const { error } = await outboundFetch('http://127.0.0.1:1/');
  const text = failureText(error!);
  expect(halfOf(text, 'zh')).toBe('指向内部地址或未登记的端口，已拒绝访问：127.0.0.1');
  expect(halfOf(text, 'en')).not.toMatch(/\p{Script=Han}/u);
});

it('puts the reason of a page into that of a check in both languages, and one of before as it is', () => {
  const facts = { pages: [], seen: 0, open: 0, left: 0 };
  const home = (error: string) =>
    judgeCrawl({ ...facts, home: { outcome: 'unreachable', error } }).reason ?? '';
  const both = home('没有应答 / No answer');
  expect([halfOf(both, 'zh'), halfOf(both, 'en')]).toEqual(['首页：没有应答', 'Home page: No answer']);
  expect(halfOf(home('没有应答'), 'zh')).toBe('首页：没有应答');
});
