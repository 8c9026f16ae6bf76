/**
 * An address as people type or paste it: full-width digits, and its port behind it (`203.0.113.7:51234`, `[2001:db8::1]:443`).
 * What it means for the two fields; undefined: leave what stands there.
 */
export function splitTyped(typed: string, port: unknown): { ip: string; port?: number } | undefined {
  const plain = typed
    .normalize('NFKC')
    .replace(/[\u200b-\u200d\u2060\ufeff]/g, '')
    .replace(/。/g, '.')
    .trim();
  const [, six, four, behind] =
    /^(?:\[([0-9a-f:.]+)\]|(\d+(?:\.\d+){3}))(?::\s?(\d{1,5}))?$/i.exec(plain) ?? [];
  const ip = six ?? four;
  if (ip === undefined || behind === undefined) return { ip: ip ?? plain };
  const number = Number(behind);
  const isPort = number >= 1 && number <= 65535;
  // Another port that was typed before is not written over: the field says that the address is none.
  const isFree = port === undefined || port === null || port === '' || Number(port) === number;
  return isPort && isFree ? { ip, port: number } : undefined;
}
