export { createBag } from './create-bag.ts';
export { loadOrCreateKeys } from './keys.ts';
export { verifyBag } from './verify-bag.ts';
