export { type AppMessage, notifyAccounts } from './notify-accounts.ts';
export { type OutgoingMail, queueMail } from './queue-mail.ts';
