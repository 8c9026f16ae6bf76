/** What each link of a chain says, in words. Pure. */
import { localTime, type Words } from '../words.ts';
import type { OutcomeStep } from './decide.ts';
import type { BlockFact, NatFact, Place } from './facts.ts';
import type { Holder } from './holders.ts';
import type { Hop } from './origins.ts';
import type { Seen } from './sightings.ts';

/** Sessions of one candidate that are told; the search page has the rest. */
const maxHops = 4;

/** The chain of one holder. */
export function stepsOf(holder: Holder): OutcomeStep[] {
  const steps = holder.origin.hops.slice(0, maxHops).flatMap(hopSteps);
  const { lease, sighting, device, custody } = holder;
  if (lease) {
    steps.push(logStep('lease', leaseWords(holder, 'before'), lease.before.fact));
    if (lease.after) steps.push(logStep('lease', leaseWords(holder, 'after'), lease.after.fact));
  }
  for (const seen of [sighting?.before, sighting?.after]) {
    if (seen) steps.push(logStep('sighting', sightingWords(seen), seen));
  }
  if (device) steps.push(registerStep('register', deviceWords(holder), device.recordedAt));
  if (custody) steps.push(registerStep('custody', custodyWords(custody), custody.recordedAt));
  return steps;
}

function logStep(kind: OutcomeStep['kind'], says: Words, fact: Place & { readonly ts: number }): OutcomeStep {
  const { segment, seq, sourceId, dec } = fact;
  return { kind, says, place: { segment, seq, sourceId, dec }, at: fact.ts };
}

function registerStep(kind: OutcomeStep['kind'], says: Words, at: number): OutcomeStep {
  return { kind, says, place: null, at };
}

function hopSteps(hop: Hop): OutcomeStep[] {
  if (hop.kind === 'rule') {
    const { pubIp, port, inIp } = hop.rule;
    if (port === null) {
      const shares = {
        zh: `按登记的固定端口块规则，${inIp} 是共用 ${pubIp} 的地址之一`,
        en: `By the declared port-block rule ${inIp} is one of those who share ${pubIp}`,
      };
      return [registerStep('rule', shares, hop.rule.recordedAt)];
    }
    const says = {
      zh: `按登记的固定端口块规则，${pubIp}:${port} 只属于 ${inIp}`,
      en: `By the declared port-block rule ${pubIp}:${port} belongs to ${inIp} only`,
    };
    return [registerStep('rule', says, hop.rule.recordedAt)];
  }
  if (hop.kind === 'proxy') {
    const { clientIp, took } = hop.request;
    const says = {
      zh: `代理服务器当时正在为 ${clientIp} 处理请求（历时 ${took} 毫秒）`,
      en: `The proxy was serving a request of ${clientIp} then (it took ${took} ms)`,
    };
    return [logStep('proxy', says, hop.request)];
  }
  const lines: readonly (NatFact | BlockFact)[] = hop.span.lines;
  const first = lines[0]!;
  const last = lines.at(-1)!;
  return (last === first ? [first] : [first, last]).map((line) =>
    'lo' in line ? logStep('block', blockWords(line), line) : logStep('nat', natWords(line), line),
  );
}

function natWords(line: NatFact): Words {
  const inside = `${line.inIp}:${line.inPort}`;
  const outside = `${line.pubIp}:${line.pubPort}`;
  const verb = {
    new: ['开始转换为', 'began to appear as'],
    update: ['仍转换为', 'still appeared as'],
    destroy: ['结束转换', 'ceased to appear as'],
  }[line.kind];
  return { zh: `${inside} ${verb[0]} ${outside}`, en: `${inside} ${verb[1]} ${outside}` };
}

function blockWords({ kind, inIp, pubIp, lo, hi }: BlockFact): Words {
  const ports = `${pubIp}:${lo}-${hi}`;
  return kind === 'alloc'
    ? { zh: `端口块 ${ports} 分配给 ${inIp}`, en: `Port block ${ports} was given to ${inIp}` }
    : { zh: `${inIp} 的端口块 ${ports} 已收回`, en: `Port block ${ports} of ${inIp} was taken back` };
}

function leaseWords({ origin, lease }: Holder, place: 'before' | 'after'): Words {
  const { before, after } = lease!;
  const { mac } = (place === 'before' ? before : after!).fact;
  if (place === 'before') {
    const term = before.leaseSeconds;
    return {
      zh: `该时刻之前，${origin.insideIp} 分配给 ${mac}${term ? `，租期 ${term} 秒` : ''}`,
      en: `Before that time ${origin.insideIp} was given to ${mac}${term ? ` for ${term} s` : ''}`,
    };
  }
  return after!.action === 'release'
    ? { zh: `该时刻之后，${mac} 归还了该地址`, en: `After that time ${mac} gave the address back` }
    : { zh: `该时刻之后，${mac} 续租了该地址`, en: `After that time ${mac} renewed the address` };
}

const witnesses: Record<Seen['kind'], Words> = {
  arp: { zh: 'ARP 表', en: 'an ARP table' },
  nd: { zh: 'IPv6 邻居表', en: 'a neighbour table' },
  arpwatch: { zh: 'arpwatch', en: 'arpwatch' },
  radius: { zh: '认证计费（RADIUS）', en: 'RADIUS accounting' },
};

function sightingWords({ kind, ip, mac: card, written }: Seen): Words {
  const witness = witnesses[kind];
  const mac = written ?? card;
  return { zh: `${witness.zh}显示 ${ip} 由 ${mac} 使用`, en: `${ip} was used by ${mac}, by ${witness.en}` };
}

/** Since when a fact of the register holds, and when it was entered. */
function since(fact: { validFrom: number | null; recordedAt: number }): Words {
  const from = fact.validFrom;
  return {
    zh: `${from === null ? '未写起用时间' : `自 ${localTime(from)} 起`}，${localTime(fact.recordedAt)} 登记`,
    en: `${from === null ? 'no start stated' : `since ${localTime(from)}`}, entered ${localTime(fact.recordedAt)}`,
  };
}

function deviceWords({ device, links }: Holder): Words {
  const { assetNo, unitName, ip, mac } = device!;
  const told = since(device!);
  const addresses = [ip, mac].filter((one) => one !== null).join(' / ');
  return {
    zh: `台账：${unitName} 设备 ${assetNo}（${addresses}），${told.zh}${links.agrees ? '；与日志一致' : ''}`,
    en: `Register: device ${assetNo} of ${unitName} (${addresses}), ${told.en}${links.agrees ? '; agrees with the logs' : ''}`,
  };
}

function custodyWords(custody: NonNullable<Holder['custody']>): Words {
  const { personId, room } = custody;
  const told = since(custody);
  return {
    zh: `台账：${personId ? '使用人已登记（密封）' : '未登记使用人'}，房间 ${room ?? '未登记'}，${told.zh}`,
    en: `Register: ${personId ? 'owner registered (sealed)' : 'no owner registered'}, room ${room ?? 'not registered'}, ${told.en}`,
  };
}
