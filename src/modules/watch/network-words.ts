/** What this machine's system says of a failed connection, in words; its own code stands in brackets behind them. */

const words: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  ECONNREFUSED: ['对方没有在这个端口提供服务', 'nothing answers at that port'],
  ECONNRESET: ['对方中断了连接', 'the other side broke the connection off'],
  EPIPE: ['对方中断了连接', 'the other side broke the connection off'],
  UND_ERR_SOCKET: ['对方中断了连接', 'the other side broke the connection off'],
  ETIMEDOUT: ['等不到应答', 'no answer came in time'],
  EHOSTUNREACH: ['到不了这台主机', 'there is no way to that host'],
  ENETUNREACH: ['到不了对方的网络', 'there is no way to that network'],
  EADDRNOTAVAIL: ['本机没有可用的地址', 'this machine has no address for that'],
  ENOTFOUND: ['没有这个域名', 'there is no such name'],
  ENODATA: ['这个域名没有地址', 'the name has no address'],
  EAI_AGAIN: ['域名服务器暂时没有应答', 'the name server does not answer now'],
  ESERVFAIL: ['域名服务器出错', 'the name server failed'],
  EREFUSED: ['域名服务器拒绝回答', 'the name server refused'],
  ETIMEOUT: ['域名服务器没有应答', 'the name server does not answer'],
  EPROTO: ['双方的加密协议谈不拢', 'both sides agree on no encryption'],
};

/**
 * `{ zh, en }` of the code of a system's error (`ECONNREFUSED`), or of its message where it has no code; a code
 * without words here stands alone.
 */
export function networkWords(code: string): { zh: string; en: string } {
  const found = words[code];
  return found ? { zh: `${found[0]}（${code}）`, en: `${found[1]} (${code})` } : { zh: code, en: code };
}
