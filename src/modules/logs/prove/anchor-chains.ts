import { recordAudit } from '#audit';
import { type App, systemActor } from '#base/app';
import { every } from '#base/jobs';
import { cityPath } from '../store/catalogue.ts';
import * as chainStore from '../store/chain-store.ts';

/**
 * Writes the head of every chain that has moved into the audit log, a minute before its next checkpoint: who later
 * rewrites a chain would have to rewrite the audit log, too, and that has witnesses.
 */
export async function anchorHeads(app: App): Promise<number> {
  return app.run(systemActor('logs.anchor-chains'), async (ctx) => {
    const heads = await chainStore.movedHeads(ctx);
    const unitPath = await cityPath(ctx);
    for (const head of heads) {
      await chainStore.insertAnchor(ctx, head);
      await recordAudit(ctx, {
        action: 'logs.chain_head',
        subject: `log_chain:${head.chain}`,
        unitPath,
        after: { chain: head.chain, chainSeq: head.chain_seq, link: head.link },
      });
    }
    return heads.length;
  });
}

export const anchorChains = every(
  'logs.anchor-chains',
  '4,9,14,19,24,29,34,39,44,49,54,59 * * * *',
  async (app) => {
    await anchorHeads(app);
  },
);
