/** The one interface behind which every identity system stands. */
import type { TestStep } from '../contract.ts';

/** Who the other system says it is. `issuer` and `subject` together never mean another person there. */
export interface ExternalIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly displayName: string;
  readonly phone?: string;
  readonly employeeNo?: string;
  /** True when the provider says so and the connector's approved settings trust it. */
  readonly secondFactor?: boolean;
  /** CAS: the ticket by which the provider will name this session when it ends there. */
  readonly ticket?: string;
  /** OpenID Connect: given back at sign-out (`id_token_hint`). */
  readonly idToken?: string;
}

/** One sign-in under way, bound to one browser by a sealed cookie. */
export interface Flow {
  readonly connectorId: string;
  readonly versionId: string;
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636). */
  readonly verifier: string;
  readonly returnTo: string;
  /** The signed-in account that asks to be bound; absent: a sign-in. */
  readonly linkAccountId?: string;
  /** Milliseconds of the epoch. */
  readonly expiresAt: number;
}

/** What came back: a redirect with its query, or what a person typed into our form. */
export type Callback =
  | { readonly kind: 'redirect'; readonly query: URLSearchParams; readonly flow: Flow }
  | { readonly kind: 'form'; readonly username: string; readonly password: string };

export interface IdentityProvider {
  /** Where to send the browser; `form`: user name and password are asked here. */
  start(flow: Flow): Promise<URL | 'form'>;
  /**
   * Who it is. Throws `auth.sso_declined`, `auth.sso_unreachable`, `auth.sso_bad_answer` (its `reason` is for the
   * log), `auth.sso_not_member` or `auth.bad_credentials`.
   */
  finish(callback: Callback): Promise<ExternalIdentity>;
  /** Where to sign out of the other system too, if it offers that. */
  endUrl?(idToken: string | undefined, returnTo: string): Promise<URL | undefined>;
  /** What a system administrator needs to know about these settings; never throws for what the other side does. */
  test(): Promise<TestStep[]>;
}

/** What an adapter is made from. `clock` is the process's; `callbackUrl` is registered at the other system. */
export interface ProviderSetting<S> {
  readonly versionId: string;
  readonly settings: S;
  readonly secret: string;
  readonly callbackUrl: string;
}
