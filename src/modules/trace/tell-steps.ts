import type { z } from 'zod';
import type { Ctx } from '#base/app';
import { type NatSession, readRecord } from '#logs';
import type { step } from './contract.ts';
import type { Holder } from './find-holders.ts';
import { localTime, type Words } from './words.ts';

export type Step = z.output<typeof step>;

/** Sessions and lines per session that are shown; the search page has the rest. */
const maxSessions = 3;

/** The chain of one holder, each log fact with its raw line read back from the sealed segment. */
export async function tellSteps(ctx: Ctx, holder: Holder): Promise<Step[]> {
  const steps: Step[] = [];
  for (const session of holder.origin.sessions.slice(0, maxSessions)) {
    const [first] = session.events;
    const last = session.events.at(-1);
    const shown = [first, last === first ? undefined : last].filter((event) => event !== undefined);
    for (const event of shown) {
      steps.push(await logStep(ctx, 'nat', natWords(session, event.kind), event, event.ts));
    }
  }
  const { binding } = holder;
  if (binding) {
    steps.push(await logStep(ctx, 'lease', leaseWords(holder, 'before'), binding.before, binding.before.at));
    if (binding.after) {
      steps.push(await logStep(ctx, 'lease', leaseWords(holder, 'after'), binding.after, binding.after.at));
    }
  }
  if (holder.device) {
    const { device } = holder;
    steps.push(registerStep('register', deviceWords(holder), device.recordedAt));
    if (holder.custody) steps.push(registerStep('custody', custodyWords(holder), holder.custody.recordedAt));
  }
  return steps;
}

async function logStep(
  ctx: Ctx,
  kind: 'nat' | 'lease',
  says: Words,
  place: { segment: number; seq: number },
  at: number,
): Promise<Step> {
  const record = await readRecord(ctx, place.segment, place.seq);
  return {
    kind,
    says,
    rawLine: record.raw,
    segment: String(place.segment),
    record: place.seq,
    sha256: record.sha256,
    at: new Date(at).toISOString(),
  };
}

function registerStep(kind: 'register' | 'custody', says: Words, recordedAt: Date): Step {
  return {
    kind,
    says,
    rawLine: null,
    segment: null,
    record: null,
    sha256: null,
    at: recordedAt.toISOString(),
  };
}

function natWords(session: NatSession, kind: 'new' | 'update' | 'destroy'): Words {
  const inside = `${session.inIp}:${session.inPort}`;
  const outside = `${session.pubIp}:${session.pubPort}`;
  const verb = {
    new: ['开始转换为', 'began to appear as'],
    update: ['仍转换为', 'still appeared as'],
    destroy: ['结束转换', 'ceased to appear as'],
  }[kind];
  return { zh: `${inside} ${verb[0]} ${outside}`, en: `${inside} ${verb[1]} ${outside}` };
}

function leaseWords({ origin, binding }: Holder, place: 'before' | 'after'): Words {
  const { mac, before, after } = binding!;
  if (place === 'before') {
    return {
      zh: `该时刻之前，${origin.insideIp} 分配给 ${mac}${before.leaseSeconds ? `，租期 ${before.leaseSeconds} 秒` : ''}`,
      en: `Before that time ${origin.insideIp} was given to ${mac}${before.leaseSeconds ? ` for ${before.leaseSeconds} s` : ''}`,
    };
  }
  return after!.action === 'release'
    ? { zh: `该时刻之后，${mac} 归还了该地址`, en: `After that time ${mac} gave the address back` }
    : { zh: `该时刻之后，${mac} 续租了该地址`, en: `After that time ${mac} renewed the address` };
}

/** Since when a fact of the register holds, and when it was entered. */
function since(fact: { validFrom: Date | null; recordedAt: Date }): Words {
  const from = fact.validFrom;
  return {
    zh: `${from ? `自 ${localTime(from)} 起` : '未写起用时间'}，${localTime(fact.recordedAt)} 登记`,
    en: `${from ? `since ${localTime(from)}` : 'no start stated'}, entered ${localTime(fact.recordedAt)}`,
  };
}

function deviceWords({ device, links }: Holder): Words {
  const { assetNo, unitName, ip, mac } = device!;
  const told = since(device!);
  const addresses = [ip, mac].filter((one) => one !== null).join(' / ');
  return {
    zh: `台账：${unitName} 设备 ${assetNo}（${addresses}），${told.zh}${links.agrees ? '；与租约一致' : ''}`,
    en: `Register: device ${assetNo} of ${unitName} (${addresses}), ${told.en}${links.agrees ? '; agrees with the lease' : ''}`,
  };
}

function custodyWords({ custody }: Holder): Words {
  const { personId, room } = custody!;
  const told = since(custody!);
  return {
    zh: `台账：${personId ? '使用人已登记（密封）' : '未登记使用人'}，房间 ${room ?? '未登记'}，${told.zh}`,
    en: `Register: ${personId ? 'owner registered (sealed)' : 'no owner registered'}, room ${room ?? 'not registered'}, ${told.en}`,
  };
}
