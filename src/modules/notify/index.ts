export { endListenersOf } from './live-events.ts';
export { type AccountMessage, type AppMessage, notifyAccount, notifyAccounts } from './notify-accounts.ts';
export { type OutgoingMail, queueMail } from './queue-mail.ts';
export { acknowledgeChain, type ChainStart, startChain } from './start-chain.ts';
