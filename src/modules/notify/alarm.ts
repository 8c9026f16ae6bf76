import { type App, type Ctx, systemActor } from '#base/app';
import type { RoleHealth } from '#base/role-health';
import type { BrokenChannel } from './contract.ts';
import { notifyAccounts } from './notify-accounts.ts';
import { brokenLanes } from './store/lane-store.ts';

/** Tells the administrators of an outage, by every channel but the broken one. */
export async function tellBroken(ctx: Ctx, broken: BrokenChannel): Promise<void> {
  const { lane, name, kind, unitPath, since, failures, error } = broken;
  await notifyAccounts(ctx, {
    key: `notify.broken:${lane}:${since}`,
    kind: 'system',
    unitPath,
    roles: ['system_admin'],
    subject: { zh: `消息通道“${name}”发不出去`, en: `The message channel ${name} is broken` },
    body: {
      zh: `连续 ${failures} 次失败：${error}。消息会保留并继续重试；请检查通道设置与网络。`,
      en: `${failures} failures in a row: ${error}. Messages are kept and tried again; check the channel and the network.`,
    },
    link: '/channels',
    urgent: false,
    except: [kind],
  });
}

/** What `GET /healthz` says about the channels. */
export async function channelHealth(app: App): Promise<RoleHealth> {
  const broken = await app.run(systemActor('notify.health'), (ctx) => brokenLanes(ctx));
  const problem = {
    zh: `有 ${broken} 个消息通道发不出去：请在“消息通道”页查看原因`,
    en: `${broken} message channel(s) are broken: see the page of message channels`,
  };
  return { problems: broken > 0 ? [problem] : [], figures: { brokenChannels: broken } };
}
