import type { Ctx } from '#base/app';
import { raiseTask, settleTask } from '#tasks';
import * as orders from './order-store.ts';

const taskKey = (id: string) => `findings:order:${id}`;

/**
 * Keeps the tasks of orders true to their findings: settled when nothing is left for the unit to do, back when the
 * machine saw one of them again. `ids` may hold nulls and repeats.
 */
export async function keepOrders(ctx: Ctx, ids: readonly (string | null)[]): Promise<void> {
  const wanted = [...new Set(ids.filter((id) => id !== null))];
  if (wanted.length === 0) return;
  for (const order of await orders.openInOrders(ctx, wanted)) {
    await orders.setSettled(ctx, order.id, order.open === 0);
    if (order.to_mend > 0) await raise(ctx, order);
    else {
      const words =
        order.open === 0
          ? '责令的问题都已关闭 / all of it is closed'
          : '已报告整改，等系统复查 / reported as fixed; the machine looks again';
      await settleTask(ctx, taskKey(order.id), { state: 'done', words });
    }
  }
}

async function raise(ctx: Ctx, order: orders.OrderRow): Promise<void> {
  await raiseTask(ctx, {
    key: taskKey(order.id),
    kind: 'findings.order',
    unitId: order.unit_id,
    unitPath: order.unit_path,
    assignee: { post: 'network_admin' },
    title: `责令整改：${order.site_name ?? order.unit_name}（${order.findings} 个问题）`,
    why: order.words,
    legalBasis: '《网络安全法》第四十九条；丽教办发〔2009〕57号 第二条（D24）',
    link: `/findings?orderId=${order.id}`,
    dueAt: order.due_at,
    minutes: Math.min(240, 10 * order.findings),
    byMachine: true,
    again: true,
  });
}
