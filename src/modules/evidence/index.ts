export { type Capture, capturePage, preservePage } from './capture-page.ts';
export { createBag, type NewItem } from './create-bag.ts';
export { loadOrCreateKeys } from './keys.ts';
export { type BagToSeal, type SealedBagFile, sealBag } from './seal-bag.ts';
export { type BagRow, type ItemRow, listBags, listItems } from './store.ts';
export { verifyBag } from './verify-bag.ts';
