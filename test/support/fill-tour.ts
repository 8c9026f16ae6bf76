/** What the demonstration leaves empty, entered through the public API: so that every page has something to show. */
import {
  composeRole,
  createConnector,
  createToken,
  getSignInPolicy,
  listAccounts,
  offerDelegation,
  proposeRole,
  proposeSignInPolicy,
  requestExport,
} from '#auth/contract';
import { listIncidents } from '#incidents/contract';
import { createChannel, setChain } from '#notify/contract';
import { raiseCampaign } from '#tasks/contract';
import { refreshCoverage, requestReveal, startBulk, startDrill } from '#trace/contract';
import {
  listPeople,
  listUnits,
  proposePostException,
  recordCallBack,
  registerCertificate,
  registerPerson,
  renameUnit,
} from '#units/contract';
import { type Api, createApi, type Session } from '../../src/demo/api.ts';
import { addAccounts, signInAs } from '../../src/demo/feed-registers.ts';

const day = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * day);
const dayOf = (date: Date) => date.toISOString().slice(0, 10);

/** The head of the school whose website the demonstration spoils. */
export const HEAD = {
  username: 'head.school07',
  name: '沈一鸣',
  unitCode: 'school-07',
  role: 'leader',
  purpose: '校长',
} as const;

/** Fills the demonstration at `url` once: a task for schools, certificates, settings, things that wait. */
export async function fillTour(url: string): Promise<void> {
  const api = createApi(url, new AbortController().signal);
  await addAccounts(api, [HEAD]);
  const county = await signInAs(api, 'county.yunqi');
  const school = await unitOf(county, '云栖县第一中学');
  await fillTasks(county);
  await fillPeople(api, county, school);
  await fillSettings(api, county);
  await fillRights(api, county);
  await askInBulk(county);
  const city = await signInAs(api, 'city.officer');
  await askForName(city);
  await city.call(startDrill, { body: { points: 3, days: 30 } });
  await city.call(refreshCoverage, {});
}

async function unitOf(session: Session, name: string): Promise<string> {
  const { items } = await session.call(listUnits, { query: { q: name } });
  return items[0]!.id;
}

async function fillTasks(county: Session): Promise<void> {
  await county.call(raiseCampaign, {
    body: {
      title: '报送本校网站和栏目清单',
      why: '摸清全县学校网站底数，登记没有登记过的网站和栏目。',
      legalBasis: '丽教办发〔2009〕57号',
      dueAt: inDays(14).toISOString(),
      minutes: 20,
      link: '/sites',
      signer: { role: 'leader' },
      acceptOverload: true,
    },
  });
}

async function fillPeople(api: Api, county: Session, unitId: string): Promise<void> {
  const teacher = await signInAs(api, 'teacher.school07');
  const { items } = await teacher.call(listPeople, { query: { pageSize: 5 } });
  const [first, second] = items.filter((person) => person.unitId === unitId);
  const certificate = { type: '网络安全员', issuer: '示例省网络安全培训中心', issuedOn: '2025-01-10' };
  for (const [at, person] of [first!, second!].entries())
    await teacher.call(registerCertificate, {
      params: { id: person.id },
      body: { ...certificate, number: `ZJ-2025-00${at + 1}`, expiresOn: dayOf(inDays(at ? 400 : 20)) },
    });
  await county.call(recordCallBack, { params: { id: first!.id }, body: { result: 'no_answer' } });
  await teacher.call(proposePostException, {
    body: {
      personId: first!.id,
      unitId,
      reason: '全校教职工十二人，没有第二名懂网络的老师',
      expiresOn: dayOf(inDays(200)),
    },
  });
  const twin = { name: '陈思远', unitId, phone: '13900000077' };
  for (const personNo of ['T-TWIN-1', 'T-TWIN-2'])
    await teacher.call(registerPerson, { body: { ...twin, personNo } });
  await county.call(renameUnit, {
    params: { id: unitId },
    body: {
      name: '云栖县第一高级中学',
      effectiveOn: dayOf(inDays(30)),
      docNo: '云教〔2026〕8号',
      reason: '学校类型调整',
    },
  });
}

async function fillSettings(api: Api, county: Session): Promise<void> {
  const system = await signInAs(api, 'sys.admin');
  await system.call(createChannel, {
    body: {
      kind: 'webhook',
      name: '市局值班平台',
      unitCode: 'example',
      url: 'https://duty.example.org/hook',
      secret: 'signing-key-of-the-tour',
      settings: { kinds: ['notice'] },
    },
  });
  await county.call(setChain, {
    body: {
      key: 'readiness.drill',
      name: '应急演练通知',
      steps: [
        {
          afterMinutes: 0,
          whom: [{ by: 'post', post: 'network_admin', level: 'unit' }],
          channels: ['app', 'mail'],
        },
        {
          afterMinutes: 30,
          whom: [{ by: 'role', role: 'county_officer' }],
          channels: ['app', 'mail', 'sms'],
        },
      ],
    },
  });
  await system.call(createConnector, {
    body: {
      kind: 'cas',
      nameZh: '市教育云统一认证',
      nameEn: 'City education cloud',
      settings: { serverUrl: 'https://cas.example.org/cas' },
    },
  });
  await system.call(createToken, {
    body: { name: '出口日志网关', unitCode: 'example', permissions: ['logs.ingest'], days: 90 },
  });
}

async function fillRights(api: Api, county: Session): Promise<void> {
  const [system, security] = [await signInAs(api, 'sys.admin'), await signInAs(api, 'sec.admin')];
  const accounts = await system.call(listAccounts, { query: { pageSize: 100 } });
  const teacher = accounts.items.find(({ username }) => username === 'teacher.school07')!;
  const second = accounts.items.find(({ username }) => username === 'county.bilan')!;
  await county.call(offerDelegation, {
    body: {
      toAccountId: teacher.id,
      permissions: ['findings.work'],
      reason: '外出培训一周',
      startsAt: inDays(0).toISOString(),
      endsAt: inDays(7).toISOString(),
    },
  });
  await system.call(proposeRole, { body: { accountId: second.id, role: 'reviewer' } });
  const { ...policy } = await security.call(getSignInPolicy);
  await security.call(proposeSignInPolicy, { body: { ...policy, lockTries: 4, reason: '收紧连错次数' } });
  await security.call(composeRole, {
    body: {
      name: 'own_site_reader',
      zh: '网站查看员',
      en: 'Website reader',
      permissions: ['sites.read', 'findings.read'],
      reason: '给电教馆查看网站情况',
    },
  });
  await county.call(requestExport, { body: { list: '/api/units', title: '单位' } });
}

/** A table with a row that cannot be asked. */
async function askInBulk(officer: Session): Promise<void> {
  const at = inDays(-0.1).toISOString();
  const rows = [
    `203.0.113.130,20004,tcp,${at},1`,
    `203.0.113.130,20005,tcp,${at},2`,
    `203.0.113,80,tcp,${at},3`,
  ];
  const query = { fileName: '协查名单.csv', caseNo: '2026-协查-3', reason: '公安协查名单' };
  await officer.upload(startBulk, { query }, Buffer.from(['ip,port,proto,at,ref', ...rows].join('\n')));
}

/** So that somebody has a decision to take. */
async function askForName(officer: Session): Promise<void> {
  const { items } = await officer.call(listIncidents);
  const traced = items.find((one) => one.trace !== null);
  if (!traced?.trace) throw new Error('the demonstration has no traced incident yet');
  await officer.call(requestReveal, {
    params: { id: traced.trace.id },
    body: { candidate: 0, caseNo: traced.number, reason: '核实改动网页的终端由谁使用' },
  });
}
