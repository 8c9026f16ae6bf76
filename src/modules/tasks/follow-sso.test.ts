import { afterAll, beforeAll, expect, it } from 'vitest';
import { drain } from '#base/jobs';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { type SsoCity, ssoCity } from '../auth/sso/testing.ts';
import { notify } from '../notify/module.ts';
import { units } from '../units/module.ts';
import { tasks } from './module.ts';

let city: SsoCity;
beforeAll(async () => {
  city = await ssoCity({ modules: [audit, units, auth, notify, tasks] });
});
afterAll(() => city.close());

async function stateOf(id: string): Promise<string> {
  await drain(city.app);
  const { rows } = await city.app.ownerPool.query('SELECT state FROM tasks.task WHERE key = $1', [
    `sso:${id}`,
  ]);
  return rows[0]?.state;
}

it('gives the security administrator a task for proposed settings, and takes it back once decided or replaced', async () => {
  const input = {
    kind: 'cas',
    nameZh: '统一认证',
    nameEn: 'Campus',
    settings: { serverUrl: 'https://cas.example/cas' },
  };
  const { body } = await city.as('sysadmin', 'POST', '/api/sso/connectors', input);
  expect(await stateOf(body.proposed.id)).toBe('open');
  const url = `/api/sso/connectors/${body.id}`;
  const changed = await city.as('sysadmin', 'POST', `${url}/changes`, { ...input, nameEn: 'Campus 2' });
  expect([await stateOf(body.proposed.id), await stateOf(changed.body.proposed.id)]).toEqual([
    'done',
    'open',
  ]);
  const decision = { versionId: changed.body.proposed.id, approve: true };
  await city.as('secadmin', 'POST', `${url}/decision`, decision);
  expect(await stateOf(changed.body.proposed.id)).toBe('done');
});
