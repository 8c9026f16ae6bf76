import type { Ctx } from '#base/app';
import { bagsOfIncidents, listItems } from '#evidence';
import { findingsById } from '#findings';
import { findEntries } from '#shield';
import { findSite } from '#sites';
import { findTraces } from '#trace';
import { findUnit, listPeople } from '#units';
import { type IncidentReport, incidentReport, maskMac, reportCheckCode } from './report-document.ts';
import { countInWords, wordOfRule } from './rule-words.ts';
import * as store from './store.ts';

const addresseeWords = { bureau: '教育局', police: '公安机关' } as const;

/** Everything that is known now, as the report's model. Names of persons do not enter it (rule 7). */
export async function composeReport(
  ctx: Ctx,
  incident: store.IncidentRow,
  obligation: store.ObligationRow,
  lateReason: string | null,
): Promise<IncidentReport> {
  const now = await store.currentTime(ctx);
  const site = incident.site_id ? await findSite(ctx, incident.site_id) : undefined;
  const findings = await findingsById(ctx, await store.findingIdsOf(ctx, incident.id));
  const late = now > obligation.due_at;
  const { bureauName, policeName } = incident.policy;
  const facts = {
    number: incident.number,
    addressee: {
      kind: obligation.addressee,
      name: obligation.addressee === 'bureau' ? bureauName : policeName,
    },
    unit: await reportingUnit(ctx, incident),
    title: incident.title,
    category: '信息内容安全事件（GB/T 20986-2023）',
    level: 'unrated' as const,
    t0: incident.t0.toISOString(),
    foundAt: incident.t0.toISOString(),
    dueAt: obligation.due_at.toISOString(),
    composedAt: now.toISOString(),
    place: {
      siteName: incident.site_name,
      url: incident.url,
      server: site?.server_address ?? site?.resolve_to ?? null,
    },
    events: (await store.entriesOf(ctx, incident.id)).map((entry) => ({
      at: entry.at.toISOString(),
      text: entry.zh.slice(0, 2000),
      by: entry.by_name,
    })),
    impact: findings.length > 0 ? impactOf(findings) : null,
    measures: await measuresOf(ctx, incident),
    cause: null,
    trace: await traceOf(ctx, incident),
    evidence: await evidenceOf(ctx, incident),
    nextMeasures: ['清理网页并排查同类页面', '修改后台口令，核对后台账号与发布记录', '复查通过后恢复访问'],
    helpRequested: obligation.addressee === 'police' ? '请核查溯源结果，指导后续处置' : null,
    sceneProtection: '网页、请求与应答原始字节、截图及相关日志已固定并签名，原始日志段未改动。',
    late: late ? { reason: lateReason ?? '未能在时限内完成报告' } : null,
    exercise: incident.exercise,
    checkCode: 'pending',
  };
  const parsed = incidentReport.parse(facts);
  return { ...parsed, checkCode: reportCheckCode(parsed) };
}

async function reportingUnit(ctx: Ctx, incident: store.IncidentRow): Promise<IncidentReport['unit']> {
  const unit = await findUnit(ctx, { id: incident.unit_id });
  const people = await listPeople(ctx, { page: 1, pageSize: 500, unitId: incident.unit_id });
  const posts = ['duty', 'network_admin', 'leader', 'deputy'] as const;
  const contact = posts.flatMap((post) => people.items.filter((person) => person.posts.includes(post)))[0];
  return {
    name: incident.unit_name,
    code: unit?.uscc ?? unit?.code ?? null,
    contact: contact?.name ?? '未登记',
    phone: contact?.phone ?? unit?.phone ?? '未登记',
  };
}

/** One line for each kind of fault on each page: a list of twelve numbers is one fact, not twelve. */
function impactOf(findings: Awaited<ReturnType<typeof findingsById>>): string {
  const groups = Map.groupBy(findings, (finding) => `${wordOfRule(finding.rule)}：${finding.url}`);
  const lines = [...groups].slice(0, 20).map(([what, all]) => {
    const samples = all.slice(0, 3).map((finding) => finding.text.slice(0, 60));
    return `${what}，${all.length} 处（${samples.join('、')}${all.length > samples.length ? ' 等' : ''}）`;
  });
  return `${countInWords(findings.map((finding) => finding.rule))}。\n${lines.join('\n')}`;
}

async function measuresOf(ctx: Ctx, incident: store.IncidentRow): Promise<IncidentReport['measures']> {
  const blocked = await findEntries(ctx, incident.id);
  const bags = await bagsOfIncidents(ctx, [incident.id]);
  return [
    ...bags.map((bag) => ({
      at: bag.sealed_at.toISOString(),
      kind: '固定证据',
      text: `证据包 ${bag.file_name}，SHA-256 ${bag.sha256}`,
    })),
    ...blocked.map((entry) => ({
      at: entry.added_at.toISOString(),
      kind: '封堵',
      text: `域名 ${entry.host} 列入应急封堵清单`,
    })),
  ].sort((a, b) => (a.at < b.at ? -1 : 1));
}

async function traceOf(ctx: Ctx, incident: store.IncidentRow): Promise<IncidentReport['trace']> {
  const traces = await findTraces(ctx, incident.id);
  const best = traces[0];
  if (!best) return null;
  return {
    verdict: best.verdict,
    because: best.because.map((reason) => reason.zh.slice(0, 1000)),
    candidates: best.candidates.slice(0, 50).map((candidate) => ({
      assetNo: candidate.assetNo,
      room: candidate.room,
      maskedMac: candidate.mac ? maskMac(candidate.mac) : null,
      insideIp: candidate.insideIp,
    })),
  };
}

async function evidenceOf(ctx: Ctx, incident: store.IncidentRow): Promise<IncidentReport['evidence']> {
  const bags = await bagsOfIncidents(ctx, [incident.id]);
  return Promise.all(
    bags.map(async (bag) => ({
      file: bag.file_name,
      sha256: bag.sha256,
      items: (await listItems(ctx, bag.id))
        .slice(0, 500)
        .map((item) => ({ name: item.path, what: item.tool.slice(0, 200), sha256: item.sha256 })),
    })),
  );
}

export { addresseeWords };
