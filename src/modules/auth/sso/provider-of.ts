/** From a connector's approved (or proposed) settings to the adapter of its kind. */
import type { App } from '#base/app';
import { publicUrlOf } from '#base/config';
import { fail } from '#base/errors';
import { openSealer, type Sealer } from '#base/seal';
import { type ConnectorKind, settingsFields } from '../contract.ts';
import type { VersionRow } from './connector-store.ts';
import type { IdentityProvider } from './identity-provider.ts';

/** Seals what connectors keep; the context is the row's id, so that it opens for no other connector. */
export function ssoSealer(app: App): Promise<Sealer> {
  return openSealer(app.config.dataDir, 'auth.sso');
}

/** The address that is registered at the other system. One per connector: answers cannot be mixed up (RFC 9700 §4.4). */
export function callbackUrlOf(app: App, connectorId: string): string {
  return `${publicUrlOf(app.config)}/api/sso/${connectorId}/callback`;
}

/** The adapter. Throws `auth.sso_secret_unreadable` when the key file is not the one that sealed the secret. */
export async function providerOf(
  app: App,
  kind: ConnectorKind,
  version: VersionRow,
): Promise<IdentityProvider> {
  const base = {
    versionId: version.id,
    secret: await secretOf(app, version),
    callbackUrl: callbackUrlOf(app, version.connector_id),
  };
  const now = () => app.clock.now().getTime();
  // Each library is loaded by the first who needs it: most cities have one kind, and most roles none.
  switch (kind) {
    case 'oidc': {
      const { oidcProvider } = await import('./oidc.ts');
      return oidcProvider({ ...base, settings: settingsFields.oidc.parse(version.settings) }, now);
    }
    case 'ldap': {
      const { ldapProvider } = await import('./ldap.ts');
      return ldapProvider({ ...base, settings: settingsFields.ldap.parse(version.settings) });
    }
    case 'cas': {
      const { casProvider } = await import('./cas.ts');
      return casProvider({ ...base, settings: settingsFields.cas.parse(version.settings) });
    }
    case 'wecom': {
      const { wecomProvider } = await import('./wecom.ts');
      return wecomProvider({ ...base, settings: settingsFields.wecom.parse(version.settings) }, now);
    }
    case 'dingtalk': {
      const { dingtalkProvider } = await import('./dingtalk.ts');
      return dingtalkProvider({ ...base, settings: settingsFields.dingtalk.parse(version.settings) }, now);
    }
    case 'zwdd': {
      const { zwddProvider } = await import('./zwdd.ts');
      return zwddProvider({ ...base, settings: settingsFields.zwdd.parse(version.settings) }, now);
    }
  }
}

async function secretOf(app: App, version: VersionRow): Promise<string> {
  if (version.secret === null) return '';
  const text = (await ssoSealer(app)).open(version.secret, version.connector_id);
  return text ?? fail('auth.sso_secret_unreadable');
}
