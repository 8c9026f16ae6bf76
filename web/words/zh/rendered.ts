/** 在浏览器里打开的网页。 */
export const rendered = {
  title: '在浏览器里打开',
  hint: '检查只读网页的源代码。样式表藏起来的、脚本后写上去的、脚本把人带走的，要在浏览器里打开才看得到：首页每天一次，只靠脚本显示的、变了的网页优先，其余轮流。',
  none: '还没有打开过。下一次检查读到网页后会打开。',
  page: '网页',
  result: '结果',
  when: '时间',
  clean: '没有只在浏览器里才出现的问题',
  found: '只在浏览器里才出现的问题 {{count}} 个',
  away: '脚本把访客带到 {{to}}',
  waiting: '等待打开：{{why}}',
  now: '现在打开首页',
} as const;

export const renderedEnums = {
  renderedWhy: {
    home: '首页，每天一次',
    script: '只靠脚本显示',
    changed: '网页变了',
    finding: '复查',
    sample: '轮到',
    asked: '有人要求',
  },
} as const;
