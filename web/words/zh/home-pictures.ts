/** Words of the drawings of home pages. */
export const homePictures = {
  title: '首页画面',
  hint: '首页每天画一次，变化大时多画一次，与认定的画面比较。只是上下移动的内容不算变化；每次都变的地方（轮播图、日期、新闻）学到后不再计入。',
  none: '还没有画过。下一次检查读到首页后会画。',
  waiting: '正在等待画图，一般一两分钟内完成…',
  failed: '最近一次没有画成，没有比较',
  draw: '现在画一次',
  before: '认定的画面',
  after: '这次的画面',
  difference: '不同之处（红色）',
  whole: '点开看完整的图',
  alt: '首页截图：{{name}}',
  measures:
    '重绘 {{repainted}} · 第一屏重绘 {{first}} · 有变化 {{touched}} · 原有内容消失 {{gone}} · 经常变动不计入 {{restless}}',
  dropped: '图已过保存期；当时的比较结果保留。',
} as const;

export const homePictureEnums = {
  homeVerdict: { first: '第一次画', ordinary: '正常', unsure: '不同，等再画一次', differs: '与认定的不同' },
  drawnWhy: {
    learning: '学习',
    daily: '每天一次',
    changed: '网页变化大',
    finding: '复查',
    confirm: '再画确认',
    asked: '有人要求',
  },
} as const;
