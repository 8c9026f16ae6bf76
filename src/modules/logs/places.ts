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

/** Where the pieces of uploads wait until the last one has come. */
export function uploadsDir(app: Pick<App, 'config'>): string {
  return join(app.config.dataDir, 'uploads');
}

/** Where operators put files: a folder for each source. */
export function dropDir(app: Pick<App, 'config'>): string {
  return app.config.dropDir ?? join(app.config.dataDir, 'drop');
}
