import { chainErrors, chainPermissions } from './contract/chains.ts';
import { channelErrors, channelPermissions } from './contract/channels.ts';
import { messageErrors, messagePermissions } from './contract/messages.ts';
import { preferenceErrors, preferencePermissions } from './contract/preferences.ts';

export * from './contract/chains.ts';
export * from './contract/channels.ts';
export * from './contract/kinds.ts';
export * from './contract/messages.ts';
export * from './contract/preferences.ts';

export const permissions = {
  ...messagePermissions,
  ...channelPermissions,
  ...preferencePermissions,
  ...chainPermissions,
} as const;

export const errors = {
  ...messageErrors,
  ...channelErrors,
  ...preferenceErrors,
  ...chainErrors,
} as const;
