/** A look from another place: an HTTP proxy that stands in another network, over which a failing site is asked again. */

import { request as askHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { networkWords } from '../network-words.ts';
import { inBoth } from '../reason-words.ts';

/** What the other place saw. `unknown`: the proxy itself did not work, which says nothing about the site. */
export interface SecondLook {
  readonly saw: 'open' | 'down' | 'unknown';
  readonly status: number;
  readonly reason: string;
}

const REDIRECTS_MAX = 5;

/**
 * Asks for `address` through `proxy` (http://HOST:PORT, a name and password may stand in it). The proxy resolves the
 * name: that is the point. Its own errors (407, or no connection to it) are `unknown`, 502 to 504 from it are `down`.
 */
export async function lookThrough(proxy: string, address: string, limitMs: number): Promise<SecondLook> {
  const signal = AbortSignal.timeout(limitMs);
  let url = new URL(address);
  try {
    for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
      const answer = await askOnce(new URL(proxy), url, signal);
      const { status, location } = answer;
      if (status === 407)
        return { saw: 'unknown', status, reason: inBoth('代理要求认证', 'The proxy asks for a sign-in') };
      const next = status >= 300 && status < 400 && location ? URL.parse(location, url) : null;
      if (!next) {
        const saw = status >= 200 && status < 300 ? 'open' : 'down';
        return { saw, status, reason: inBoth(`状态码 ${status}`, `Status ${status}`) };
      }
      url = next;
    }
    return { saw: 'down', status: 0, reason: inBoth('重定向过多', 'Too many redirects') };
  } catch (error) {
    if (signal.aborted) return { saw: 'down', status: 0, reason: inBoth('超时', 'Took too long') };
    const { code, message } = error as NodeJS.ErrnoException;
    const isProxy = error instanceof ProxyFault;
    const { zh, en } = networkWords(code ?? message);
    return {
      saw: isProxy ? 'unknown' : 'down',
      status: 0,
      reason: inBoth(`打不开：${zh}`, `Does not open: ${en}`),
    };
  }
}

class ProxyFault extends Error {}

async function askOnce(
  proxy: URL,
  url: URL,
  signal: AbortSignal,
): Promise<{ status: number; location: string | undefined }> {
  const headers = { Host: url.host, 'User-Agent': 'JiaodunWatch/1.0', Accept: '*/*' };
  const response =
    url.protocol === 'https:'
      ? await overTunnel(proxy, url, headers, signal)
      : await send({ ...placeOf(proxy), path: url.href, headers: { ...headers, ...passOf(proxy) }, signal });
  response.destroy();
  const { location } = response.headers;
  return { status: response.statusCode ?? 0, location };
}

async function overTunnel(
  proxy: URL,
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const target = `${url.hostname}:${url.port || 443}`;
  const tunnel = await openTunnel(proxy, target, signal);
  const socket = connectTls({ socket: tunnel, servername: url.hostname, rejectUnauthorized: false });
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  try {
    return await send({
      createConnection: () => socket,
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, Connection: 'close' },
      signal,
    });
  } finally {
    if (signal.aborted) socket.destroy();
  }
}

function openTunnel(proxy: URL, target: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = askHttp({
      ...placeOf(proxy),
      method: 'CONNECT',
      path: target,
      headers: { Host: target, ...passOf(proxy) },
      signal,
    });
    request.once('connect', (response, socket: Socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      const isOwn = response.statusCode === 407 || response.statusCode === 403;
      const reason = `CONNECT ${response.statusCode}`;
      reject(isOwn ? new ProxyFault(reason) : new Error(reason));
    });
    request.once('response', (response) => {
      response.destroy();
      reject(new ProxyFault(`CONNECT ${response.statusCode}`));
    });
    request.once('error', (error) => reject(new ProxyFault(error.message)));
    request.end();
  });
}

function send(options: RequestOptions): Promise<IncomingMessage> {
  const throughProxy = !('createConnection' in options);
  return new Promise((resolve, reject) => {
    const request = askHttp(options, resolve);
    request.once('error', (error) => {
      const isConnect = (error as NodeJS.ErrnoException).syscall === 'connect';
      reject(throughProxy && isConnect ? new ProxyFault(error.message) : error);
    });
    request.end();
  });
}

const placeOf = (proxy: URL) => ({ host: proxy.hostname, port: Number(proxy.port || 80) });

function passOf(proxy: URL): Record<string, string> {
  if (!proxy.username) return {};
  const pass = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(pass).toString('base64')}` };
}
