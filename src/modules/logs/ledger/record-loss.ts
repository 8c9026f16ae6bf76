import { type App, type Ctx, systemActor } from '#base/app';
import { cityPath } from '../store/catalogue.ts';
import { addCollectorLost } from '../store/gaps.ts';
import { insertLoss } from '../store/intake.ts';
import { hourOf } from './rules.ts';

export interface CollectorLoss {
  readonly collector: string;
  readonly began: Date;
  readonly ended: Date;
  readonly datagrams: number;
  /** `kernel`: the socket's buffer was full; `shedding`: we threw them away ourselves, as declared. */
  readonly proof: 'kernel' | 'shedding';
}

/** What a collector lost goes into the ledger: nobody may call that time complete, and somebody answers for it. */
export async function recordLoss(app: App, loss: CollectorLoss): Promise<void> {
  await app.run(systemActor('logs.loss'), async (ctx: Ctx) => {
    await insertLoss(ctx, loss);
    await addCollectorLost(ctx, {
      key: `${loss.proof}:${loss.collector}:${hourOf(loss.ended.getTime())}`,
      proof: loss.proof,
      collector: loss.collector,
      unitPath: await cityPath(ctx),
      began: loss.began,
      ended: loss.ended,
      lost: loss.datagrams,
    });
  });
}
