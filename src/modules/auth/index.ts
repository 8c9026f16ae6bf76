export { authenticate } from './authenticate.ts';
export { requireFreshFactor } from './factors/fresh-factor.ts';
export { localToken, setupToken } from './local-credential.ts';
export { humanOnly, permissionsOf, roles } from './roles.ts';
export { findSignInPlaces } from './sessions/sign-in-places-store.ts';
export { setupNeeded } from './set-up.ts';
