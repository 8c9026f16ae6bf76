export { type Capture, capturePage, preservePage } from './capture-page.ts';
export { createBag, type NewItem } from './create-bag.ts';
export { loadOrCreateKeys } from './keys.ts';
export { openItem } from './open-item.ts';
export { sealBag } from './seal-bag.ts';
export { bagsOfIncidents, listItems } from './store.ts';
export { verifyBag } from './verify-bag.ts';
