import { join } from 'node:path';
import type { App } from '#base/app';

/** Where sealed segments are kept. */
export function segmentsDir(app: Pick<App, 'config'>): string {
  return join(app.config.dataDir, 'segments');
}

/** Where received records wait until they are sealed. */
export function spoolDir(app: Pick<App, 'config'>): string {
  return join(app.config.dataDir, 'spool');
}
