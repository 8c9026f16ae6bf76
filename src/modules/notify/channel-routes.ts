import { recordAudit } from '#audit';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { inScope, unitsByCode } from '#units';
import * as contract from './contract.ts';
import { changeTemplate, previewWording } from './preferences.ts';
import { wordsIn } from './rules.ts';
import { changeChannel, createChannel } from './save-channel.ts';
import { acknowledgeChain, startChain } from './start-chain.ts';
import * as chains from './store/chain-store.ts';
import * as channels from './store/channel-store.ts';
import * as templates from './store/template-store.ts';
import { takeSmsReport } from './take-sms-report.ts';
import { testChannel } from './test-channel.ts';
import { builtInWording } from './texts.ts';

const channelHandlers: Handler[] = [
  handle(contract.listChannels, async (ctx, { query }) => {
    const page = await channels.listChannels(ctx, query);
    return {
      ...page,
      items: page.items.map((row) => ({
        id: row.id,
        kind: row.kind,
        name: row.name,
        unit: row.unit_name,
        host: row.host,
        hasSecret: true,
        settings: row.settings,
        enabled: row.enabled,
        waiting: row.waiting,
        dead: row.dead,
        brokenSince: row.broken_since,
        lastError: row.last_error,
        testedAt: row.tested_at,
        testedOk: row.tested_ok,
        testedDetail: row.tested_detail,
      })),
    };
  }),
  handle(contract.createChannel, async (ctx, { body }) => ({ id: await createChannel(ctx, body) })),
  handle(contract.changeChannel, async (ctx, { params, body }, { reply }) => {
    await changeChannel(ctx, params.id, body);
    reply.status(204);
    return undefined;
  }),
  handleRaw(contract.testChannel, async (app, actor, { params, body }) =>
    testChannel(app, actor, params.id, body.to),
  ),
  handleRaw(contract.reportSms, async (app, _actor, { params, body }, { reply }) => {
    await takeSmsReport(app, params.id, body);
    return reply.status(204).send();
  }),
];

const templateHandlers: Handler[] = [
  handle(contract.listTemplates, async (ctx, { query }) => {
    if (query.history) {
      const page = await templates.listTemplates(ctx, query);
      return { ...page, items: page.items.map(templateOf) };
    }
    const kinds = contract.messageKind.options.filter((kind) => !query.kind || query.kind === kind);
    const languages = contract.language.options.filter((one) => !query.language || query.language === one);
    const all = kinds.flatMap((kind) => languages.map((language) => ({ kind, language })));
    const start = (query.page - 1) * query.pageSize;
    const items = await Promise.all(
      all.slice(start, start + query.pageSize).map(async ({ kind, language }) => {
        const row = await templates.findTemplate(ctx, kind, language);
        if (row) return templateOf(row);
        return { kind, language, version: 0, setBy: null, from: null, ...builtInWording };
      }),
    );
    return { items, total: all.length };
  }),
  handle(contract.setTemplate, async (ctx, { body }) => ({ version: await changeTemplate(ctx, body) })),
  handle(contract.previewTemplate, async (ctx, { body }) => previewWording(ctx, body)),
];

function templateOf(row: templates.TemplateRow) {
  const { kind, language, version, subject, body, short, set_by_name: setBy, from_at: from } = row;
  return { kind, language, version, subject, body, short, setBy, from };
}

const chainHandlers: Handler[] = [
  handle(contract.listChains, async (ctx, { query }) => {
    const page = await chains.listChains(ctx, query);
    return {
      ...page,
      items: page.items.map((row) => ({
        id: row.id,
        key: row.key,
        name: row.name,
        unitPath: row.unit_path,
        version: row.version,
        steps: row.steps,
        setBy: row.set_by_name,
        from: row.from_at,
      })),
    };
  }),
  handle(contract.setChain, async (ctx, { body }) => {
    const saved = await chains.insertChain(ctx, body);
    await recordAudit(ctx, {
      action: 'notify.set_chain',
      subject: `chain:${body.key}`,
      after: { ...body, ...saved },
    });
    return saved;
  }),
  handleRaw(contract.startChainByHand, async (app, actor, { body }) => {
    const unit = await app.run(actor, async (ctx) => {
      const found = (await unitsByCode(ctx, [body.unitCode])).get(body.unitCode);
      return found && inScope(ctx, found.path) ? found : fail('base.not_found', { what: body.unitCode });
    });
    const { key, chain, subject, body: text } = body;
    const start = {
      key: `hand:${key}`,
      chain,
      unitPath: unit.path,
      kind: 'notice' as const,
      subject,
      body: text,
    };
    // Whom a chain reaches lies partly above the caller's own scope.
    const id = await app.run({ ...actor, scope: '*' }, (ctx) => startChain(ctx, { ...start, link: null }));
    return { id };
  }),
  handle(contract.listChainRuns, async (ctx, { query }) => {
    const page = await chains.listRuns(ctx, query);
    return { ...page, items: page.items.map(runOf) };
  }),
  handleRaw(contract.acknowledgeRun, async (app, actor, { params }, { reply }) => {
    const run = await app.run(actor, (ctx) => chains.findRun(ctx, params.id));
    if (!run) return fail('base.not_found', { what: params.id });
    await app.run({ ...actor, scope: '*' }, (ctx) =>
      acknowledgeChain(ctx, params.id, actor.name, '在升级链页面签收 on the page of chains'),
    );
    return reply.status(204).send();
  }),
];

function runOf(row: chains.RunRow & { steps: chains.StepRow[] | null }) {
  return {
    id: row.id,
    key: row.key,
    chain: row.chain_key,
    version: row.chain_version,
    kind: row.kind,
    subject: wordsIn(row.subject, 'zh'),
    unitPath: row.unit_path,
    startedAt: row.started_at,
    acknowledgedAt: row.acknowledged_at,
    acknowledgedBy: row.acknowledged_by,
    steps: (row.steps ?? []).map((step) => ({
      seq: step.seq,
      // As JSON of the database they are text.
      dueAt: new Date(step.due_at),
      firedAt: step.fired_at === null ? null : new Date(step.fired_at),
      people: step.recipients.map((one) => one.name),
      channels: step.channels,
    })),
  };
}

export const channelRoutes: Handler[] = [...channelHandlers, ...templateHandlers, ...chainHandlers];
