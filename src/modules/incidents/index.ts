export { openByHand } from './open-incident.ts';
