export { type Capture, capturePage, preservePage } from './capture-page.ts';
export { createBag, type NewItem } from './create-bag.ts';
export { loadOrCreateKeys } from './keys.ts';
export { type BagToSeal, type SealedBagFile, sealBag } from './seal-bag.ts';
export { verifyBag } from './verify-bag.ts';
