/** Certificates of retention. */
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { issueCertificate } from './ledger/issue-certificate.ts';
import * as store from './store/certificates.ts';

export const certificateRoutes: Handler[] = [
  handle(contract.listCertificates, async (ctx, { query }) => {
    const { items, ...counts } = await store.listCertificates(ctx, query);
    return { ...counts, items: items.map(present) };
  }),
  handle(contract.issueCertificate, async (ctx, { body }) =>
    presentSigned(await issueCertificate(ctx, body)),
  ),
  handle(contract.getCertificate, async (ctx, { params }) => presentSigned(await found(ctx, params.id))),
  handleRaw(contract.getCertificatePdf, async (app, actor, { params }, { reply }) => {
    const row = await app.run(actor, (ctx) => found(ctx, params.id));
    const { certificatePdf } = await import('./ledger/certificate-pdf.ts');
    const pdf = await certificatePdf(row.id, presentSigned(row));
    return reply
      .type('application/pdf')
      .header('content-disposition', `attachment; filename="log-retention-${row.id}.pdf"`)
      .send(Buffer.from(pdf));
  }),
];

async function found(ctx: Ctx, id: string): Promise<store.CertificateRow> {
  return (await store.findCertificate(ctx, id)) ?? fail('base.not_found', { what: `log certificate ${id}` });
}

const fromWorst = ['short', 'none', 'growing', 'met'] as const;

function worstOf(states: readonly (typeof fromWorst)[number][]): (typeof fromWorst)[number] {
  return fromWorst.find((worst) => states.includes(worst)) ?? 'none';
}

function present(row: store.CertificateRow) {
  const { sources } = contract.retentionStatement.parse(JSON.parse(row.statement));
  return {
    id: row.id,
    unitId: row.unit_id,
    unitName: row.unit_name,
    issuedAt: row.issued_at,
    issuedBy: row.issued_name,
    sources: sources.length,
    state: worstOf(sources.map(({ state }) => state)),
    sha256: row.sha256,
  };
}

function presentSigned(row: store.CertificateRow) {
  return {
    id: row.id,
    statement: row.statement,
    sha256: row.sha256,
    publicKey: row.public_key,
    signature: row.signature,
  };
}
