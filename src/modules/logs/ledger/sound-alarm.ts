/** Opens an alarm with its task, urges when it lasts, and closes both when it is mended. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { notifyAccounts } from '#notify';
import { raiseTask, settleTask } from '#tasks';
import * as store from '../store/alarms.ts';
import { unitAtPath } from '../store/standing.ts';
import { alarmRemedy, alarmWords } from './present-alarm.ts';

const hourMs = 3_600_000;
/** A collector is everybody's; a school has until the next day. */
const patienceMs: Readonly<Record<store.AlarmKind, number>> = {
  silence: 24 * hourMs,
  clock: 24 * hourMs,
  unparsable: 72 * hourMs,
  collector: hourMs,
  kernel: 24 * hourMs,
  disk: hourMs,
};

export interface Sound {
  readonly kind: store.AlarmKind;
  readonly detail: store.AlarmRow['detail'];
}

function taskKey(alarmPlace: string, kind: store.AlarmKind): string {
  return `logs:alarm:${alarmPlace}:${kind}`;
}

/** Opens what sounds and is not open, urges about what lasts, ends what is open and does not sound any more. */
export async function keepAlarms(
  ctx: Ctx,
  place: store.AlarmPlace,
  sounds: readonly Sound[],
  open: readonly store.AlarmRow[],
): Promise<void> {
  for (const sound of sounds) {
    const known = open.find(({ kind }) => kind === sound.kind);
    if (!known) await begin(ctx, place, sound);
    else if (known.urged_at === null && lasts(ctx, known)) await urge(ctx, place, known);
  }
  for (const alarm of open) {
    if (!sounds.some(({ kind }) => kind === alarm.kind)) await endAlarm(ctx, alarm);
  }
}

function lasts(ctx: Ctx, alarm: store.AlarmRow): boolean {
  return ctx.clock.now().getTime() - alarm.began.getTime() >= patienceMs[alarm.kind];
}

async function begin(ctx: Ctx, place: store.AlarmPlace, { kind, detail }: Sound): Promise<void> {
  const id = await store.openAlarm(ctx, place, kind, detail);
  if (id === undefined) return;
  const words = alarmWords(kind, place.name, detail);
  await recordAudit(ctx, {
    action: 'logs.alarm',
    subject: `log_alarm:${id}`,
    unitPath: place.unitPath,
    after: { kind, detail },
  });
  const unit = await unitAtPath(ctx, place.unitPath);
  if (!unit) return;
  await raiseTask(ctx, {
    key: taskKey(placeKey(place), kind),
    kind: 'logs.alarm',
    unitId: unit.id,
    unitPath: place.unitPath,
    assignee: unit.kind === 'city' ? { role: 'city_officer' } : { post: 'network_admin' },
    title: words.zh,
    why: alarmRemedy(kind),
    legalBasis: '《网络安全法》第二十三条（网络日志留存不少于六个月）；丽教办发〔2009〕57号（D27、D28）',
    dueAt: new Date(ctx.clock.now().getTime() + patienceMs[kind]),
    minutes: 20,
    link: linkOf(place),
    byMachine: true,
    again: true,
  });
}

async function urge(ctx: Ctx, place: store.AlarmPlace, alarm: store.AlarmRow): Promise<void> {
  const words = alarmWords(alarm.kind, place.name, alarm.detail);
  await store.markUrged(ctx, alarm.id);
  await notifyAccounts(ctx, {
    key: `logs.alarm:${alarm.id}`,
    kind: 'system',
    unitPath: place.unitPath,
    roles: 'collector' in place ? ['system_admin', 'city_officer'] : ['county_officer'],
    subject: { zh: `一直没有解决：${words.zh}`, en: `Not mended for long: ${words.en}` },
    body: { zh: alarmRemedy(alarm.kind), en: `Since ${alarm.began.toISOString()}: ${words.en}.` },
    link: linkOf(place),
    urgent: true,
  });
}

/** Ends an alarm and settles its task. */
export async function endAlarm(ctx: Ctx, alarm: store.AlarmRow): Promise<void> {
  if (!(await store.endAlarm(ctx, alarm.id))) return;
  const place = alarm.source_id === null ? `collector ${alarm.collector}` : `source ${alarm.source_id}`;
  await recordAudit(ctx, {
    action: 'logs.alarm_over',
    subject: `log_alarm:${alarm.id}`,
    unitPath: alarm.unit_path,
    after: { kind: alarm.kind },
  });
  await settleTask(ctx, taskKey(place, alarm.kind), {
    state: 'done',
    words: '系统已看到恢复正常 / the system sees that it is mended',
  });
}

function placeKey(place: store.AlarmPlace): string {
  return 'sourceId' in place ? `source ${place.sourceId}` : `collector ${place.collector}`;
}

function linkOf(place: store.AlarmPlace): string {
  return 'sourceId' in place ? `/logs/sources/${place.sourceId}` : '/logs/completeness';
}
