/** The evidence bag of a trace: what it rests on, so that anybody can work the answer out again. */
import { idParams, route } from '#base/contract';

export const traceBagFile = route({
  method: 'POST',
  path: '/api/traces/:id/bag',
  summary:
    'Seals question, facts, raw lines with proofs, and outcome of a trace into an evidence bag (ZIP) that recomputes offline. Names stay sealed.',
  access: 'trace.bag',
  params: idParams,
  produces: 'file',
});

/**
 * Not the right to ask for names: a bag holds none, and the operator at the machine, who may hold no right that only a person
 * has, can take one.
 */
export const bagPermissions = {
  'trace.bag': { zh: '导出溯源证据包', en: 'Export evidence bags of traces' },
} as const;

export const bagErrors = {
  'trace.bag_outside': {
    status: 403,
    zh: '有候选属于管理范围以外的单位，证据包须由上级单位导出',
    en: 'A candidate belongs to a unit outside your scope: the office above has to export the bag',
  },
  'trace.bag_minor': {
    status: 403,
    zh: '有候选设备由未成年人保管，证据包含房间与保管情况；请先申请揭示该姓名，由第二人批准后再导出',
    en: 'A candidate device is in a minor’s custody, and the bag tells room and custody: ask for the name first, a second person approves, then export',
  },
  'trace.no_basis': {
    status: 409,
    zh: '这次查询由旧版本完成，没有保存依据；请重新查询后再导出证据包',
    en: 'This trace was made by an older version that kept no basis; ask again, then export the bag',
  },
} as const;
