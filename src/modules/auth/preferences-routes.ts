import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import * as store from './preferences-store.ts';
import { requirePerson } from './require-person.ts';

const draftLimit = 262_144;
const preferenceLimit = 16_384;

function viewOf(ctx: Ctx, row: store.ViewRow): contract.SavedView {
  const { id, list, name, search, columns, shared } = row;
  return {
    id,
    list,
    name,
    search,
    columns,
    shared,
    mine: row.account_id === ctx.actor.id,
    by: row.account_name,
  };
}

async function saveView(ctx: Ctx, view: Omit<contract.SavedView, 'id' | 'mine' | 'by'>) {
  requirePerson(ctx.actor);
  await store.lockViews(ctx);
  const before = await store.retireView(ctx, { list: view.list, name: view.name });
  const row = await store.insertView(ctx, view);
  await recordAudit(ctx, {
    action: 'auth.save_view',
    subject: `view:${row.id}`,
    before: before && { search: before.search, columns: before.columns, shared: before.shared },
    after: view,
  });
  return viewOf(ctx, row);
}

async function removeView(ctx: Ctx, id: string): Promise<void> {
  requirePerson(ctx.actor);
  const gone = (await store.retireView(ctx, { id })) ?? fail('base.not_found', { what: id });
  await recordAudit(ctx, {
    action: 'auth.remove_view',
    subject: `view:${id}`,
    before: { list: gone.list, name: gone.name, shared: gone.shared },
  });
}

/** Preferences and drafts are a person's own notes, not acts: they leave no audit entry. Shared views do. */
export const preferencesRoutes: Handler[] = [
  handleRaw(contract.getMe, async (app, actor) => {
    if (actor.kind !== 'user') return { preferences: {}, mark: actor.name };
    return app.run(actor, async (ctx) => ({
      preferences: await store.readPreferences(ctx),
      mark: await store.findMark(ctx),
    }));
  }),
  handle(contract.setPreference, async (ctx, { params, body }, { reply }) => {
    requirePerson(ctx.actor);
    const json = JSON.stringify(body.value ?? null);
    if (Buffer.byteLength(json) > preferenceLimit / 2) fail('auth.preference_too_large', { key: params.key });
    await store.writePreference(ctx, params.key, json);
    reply.status(204);
    return undefined;
  }),
  handle(contract.getDraft, async (ctx, { params }) => {
    requirePerson(ctx.actor);
    const draft = await store.readDraft(ctx, params.form);
    return { value: draft?.value ?? null, savedAt: draft?.updated_at ?? null };
  }),
  handle(contract.saveDraft, async (ctx, { params, body }) => {
    requirePerson(ctx.actor);
    const json = body.value === null ? null : JSON.stringify(body.value);
    if (json !== null && json.length > draftLimit / 2) fail('auth.draft_too_large');
    return { savedAt: await store.writeDraft(ctx, params.form, json) };
  }),
  handle(contract.listViews, async (ctx, { query }) => {
    requirePerson(ctx.actor);
    return { items: (await store.listViews(ctx, query.list)).map((row) => viewOf(ctx, row)) };
  }),
  handle(contract.saveView, (ctx, { body }) => saveView(ctx, body)),
  handle(contract.removeView, async (ctx, { params }, { reply }) => {
    await removeView(ctx, params.id);
    reply.status(204);
    return undefined;
  }),
];
