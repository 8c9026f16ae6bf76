import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { recordAudit } from '#audit';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { refreshFive } from './five-job.ts';
import * as certificates from './keep-certificates.ts';
import { readOwnPerson, readPerson } from './keep-people.ts';
import * as store from './papers-store.ts';
import { maskPhone } from './rules.ts';
import { listLeadingGroups, setLeadingGroup } from './set-leading-group.ts';

type CertificateReply = Omit<contract.Certificate, 'verifiedAt'> & { verifiedAt: Date | null };

function certificateOf(row: store.CertificateRow): CertificateReply {
  const { unitPath: _, scanSha256, scanType: __, scanBy: ___, registeredById: ____, ...shown } = row;
  return { ...shown, hasScan: scanSha256 !== null };
}

function callOf({ phone, ...row }: store.CallRow) {
  return { ...row, phoneMasked: maskPhone(phone) ?? '' };
}

export const papersRoutes: Handler[] = [
  handle(contract.listLeadingGroups, async (ctx, { params }) => ({
    items: await listLeadingGroups(ctx, params.id),
  })),
  handle(contract.setLeadingGroup, async (ctx, { params, body }) => setLeadingGroup(ctx, params.id, body)),
  handle(contract.listCertificates, async (ctx, { query }) => {
    const page = await store.listCertificates(ctx, query);
    return { ...page, items: page.items.map(certificateOf) };
  }),
  handle(contract.countCertificates, (ctx) => store.countCertificates(ctx)),
  handle(contract.listUncertified, (ctx, { query }) => store.listUncertified(ctx, query)),
  handle(contract.registerCertificate, async (ctx, { params, body }) =>
    certificateOf(await certificates.registerCertificate(ctx, params.id, body)),
  ),
  handleRaw(contract.uploadScan, async (app, actor, { params }, { request }) =>
    certificateOf(await certificates.uploadScan(app, actor, params.id, request.body as Readable)),
  ),
  handleRaw(contract.downloadScan, async (app, actor, { params }, { reply }) => {
    const { path, type } = await certificates.openScan(app, actor, params.id);
    const ending = { 'application/pdf': 'pdf', 'image/jpeg': 'jpg', 'image/png': 'png' }[type] ?? 'bin';
    return reply
      .type(type)
      .header('x-content-type-options', 'nosniff')
      .header('content-disposition', `attachment; filename="certificate-${params.id}.${ending}"`)
      .send(createReadStream(path));
  }),
  handle(contract.verifyCertificate, async (ctx, { params, body }) =>
    certificateOf(await certificates.verifyCertificate(ctx, params.id, body)),
  ),
  handle(contract.withdrawCertificate, async (ctx, { params, body }) => {
    await certificates.withdrawCertificate(ctx, params.id, body.reason);
    return undefined;
  }),
  handle(contract.listCallBacks, async (ctx, { params, query }) => {
    await readPerson(ctx, params.id);
    const page = await store.listCalls(ctx, params.id, query);
    return { ...page, items: page.items.map(callOf) };
  }),
  handle(contract.recordCallBack, async (ctx, { params, body }) => {
    const person = await readOwnPerson(ctx, params.id);
    if (!person.phone) fail('units.no_phone');
    const { result, answeredBy = null, note = null } = body;
    const id = await store.insertCall(ctx, {
      personId: person.id,
      unitId: person.unit_id,
      unitPath: person.unit_path,
      phone: person.phone,
      calledAt: body.calledAt ? new Date(body.calledAt) : null,
      ...{ result, answeredBy, note },
    });
    if (!id) fail('units.call_in_future');
    await recordAudit(ctx, {
      action: 'people.call_back',
      subject: `person:${person.id}`,
      unitPath: person.unit_path,
      after: { id, result, answeredBy },
    });
    await refreshFive(ctx, [person.unit_id]);
    const made = await store.listCalls(ctx, person.id, { page: 1, pageSize: 500 });
    return callOf(made.items.find((call) => call.id === id)!);
  }),
  handle(contract.listCallsDue, async (ctx, { query }) => {
    const page = await store.listCallsDue(ctx, query);
    return {
      ...page,
      items: page.items.map(({ phone, ...row }) => ({ ...row, phoneMasked: maskPhone(phone) })),
    };
  }),
];
