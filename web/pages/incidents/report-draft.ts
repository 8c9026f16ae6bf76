/** What the report form holds while it is typed: anything may be missing. */
export interface ReportDraft {
  readonly title?: string;
  readonly unitId?: string;
  readonly url?: string;
  readonly foundAt?: string;
  readonly summary?: string;
  readonly exercise?: boolean;
  readonly source?: { readonly ip?: string; readonly port?: number | null; readonly at?: string };
}

/** The request's body: empty fields left out, an address without `http://` completed, an unnamed source dropped. */
export function reportFromDraft(draft: ReportDraft): Record<string, unknown> {
  const url = (draft.url ?? '').trim();
  const source = draft.source ?? {};
  const ip = (source.ip ?? '').trim();
  return {
    title: (draft.title ?? '').trim(),
    summary: (draft.summary ?? '').trim(),
    exercise: draft.exercise ?? false,
    ...(url === '' ? {} : { url: /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `http://${url}` }),
    ...(draft.unitId ? { unitId: draft.unitId } : {}),
    ...(draft.foundAt ? { foundAt: draft.foundAt } : {}),
    ...(ip === '' ? {} : { source: { ip, at: source.at, ...(source.port ? { port: source.port } : {}) } }),
  };
}
