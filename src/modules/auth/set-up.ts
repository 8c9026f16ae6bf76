import type { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { findUnit, registerUnit } from '#units';
import type { RoleName, setUp } from './contract.ts';
import { decideGrant, insertGrant } from './grant-store.ts';
import { discardSetupToken, sameSecret, setupToken } from './local-credential.ts';
import { hashPassword } from './password-hash.ts';
import { demandGoodPassword } from './policy/check-password.ts';
import { countAccounts, insertAccount, lockSetup } from './store.ts';

type Input = z.output<(typeof setUp)['body'] & z.ZodType>;

/** Whether nobody has an account yet. */
export async function setupNeeded(ctx: Ctx): Promise<boolean> {
  return (await countAccounts(ctx)) === 0;
}

/** The first set-up: the city bureau and its three administrators. Works once. */
export async function firstSetUp(app: App, input: Input): Promise<void> {
  const people = [
    ['system_admin', input.systemAdmin],
    ['security_admin', input.securityAdmin],
    ['audit_admin', input.auditAdmin],
  ] as const;
  const hashes = await Promise.all(people.map(([, person]) => hashPassword(person.password)));
  await app.run(systemActor('setup'), async (ctx) => {
    await lockSetup(ctx);
    if (!(await setupNeeded(ctx))) fail('auth.setup_done');
    for (const who of ['systemAdmin', 'securityAdmin', 'auditAdmin'] as const) {
      const { username, name, password } = input[who];
      await demandGoodPassword(ctx, password, [username, name], `${who}.password`);
    }
    if (!sameSecret(input.token, await setupToken(app.config.dataDir))) fail('auth.bad_setup_token');
    const distinct = (texts: string[]) => new Set(texts).size === people.length;
    if (!distinct(people.map(([, one]) => one.username)) || !distinct(people.map(([, one]) => one.name))) {
      fail('auth.three_people');
    }
    await registerUnit(ctx, { ...input.city, kind: 'city' });
    const city = await findUnit(ctx, { code: input.city.code });
    for (const [index, [role, person]] of people.entries()) {
      await createAdministrator(ctx, role, { ...person, hash: hashes[index]! }, city!);
    }
  });
  await discardSetupToken(app.config.dataDir);
}

async function createAdministrator(
  ctx: Ctx,
  role: RoleName,
  person: { username: string; name: string; hash: string; mustChangePassword: boolean },
  city: { id: string; unit_path: string },
): Promise<void> {
  const accountId = await insertAccount(ctx, {
    username: person.username,
    name: person.name,
    unitId: city.id,
    unitPath: city.unit_path,
    hash: person.hash,
    mustChange: person.mustChangePassword,
  });
  const grant = await insertGrant(ctx, { accountId, unitPath: city.unit_path, role });
  await decideGrant(ctx, grant, 'approved', { id: 'setup-token', name: '首次设置口令持有人' });
  await recordAudit(ctx, {
    action: 'auth.set_up',
    subject: `account:${accountId}`,
    unitPath: city.unit_path,
    after: { role, username: person.username, mustChangePassword: person.mustChangePassword },
  });
}
