import { type App, systemActor } from '#base/app';
import { wakeLane } from './pump.ts';
import { lanesWithWork } from './store/lane-store.ts';

/** Wakes every lane with something due or left in the middle: at start and every minute. A lost wake-up does no harm. */
export async function sweepLanes(app: App): Promise<void> {
  await app.run(systemActor('notify.sweep'), async (ctx) => {
    for (const lane of await lanesWithWork(ctx)) await wakeLane(ctx, lane);
  });
}
