export const findingPicture = {
  title: '网页上的样子',
  frame: '红框处是问题所在。图由与本系统隔开的浏览器画出；个人信息已涂黑。',
  alt: '网页截图，红框标出“{{text}}”',
  drawnAt: '画于 {{at}}',
  sealed: '同一张图已封存在事件的证据包里',
  hidden: '访客看不到这一处',
  hiddenHint:
    '普通访客打开网页时看不到它，但它在网页的源代码里，搜索引擎和有心人看得到。请照下面标出的源代码查找并删除。',
  goneHint: '画图时网页里已经没有这一处。如果是你们改好的，请点“已整改”，系统会复查后关闭。',
  whole: '这个问题说的是整个网页，图是网页的开头部分。',
  source: '源代码里的位置',
  failed: '没有画成',
  none: '还没有画图。',
  waiting: '正在画图，一般半分钟内完成…',
  draw: '画出来看看',
  again: '重新画一次',
} as const;

export const findingPictureEnums = {
  unseen: {
    'display-none': '样式设为不显示（display:none）',
    'visibility-hidden': '样式设为不可见（visibility:hidden）',
    transparent: '完全透明',
    tiny: '字号或尺寸小到看不见',
    'off-screen': '放在屏幕外面',
    clipped: '被裁掉，框里显示不出来',
    'same-colour': '文字与背景同色',
    'in-title': '在网页标题里：浏览器标签和搜索结果会显示它',
    'not-drawn': '在脚本、跳转或标签属性里，不会直接显示',
    'only-source': '只在源代码里（注释、脚本或不运行的部分）',
    absent: '画图时已经不在网页里',
    beyond: '在网页很靠下的位置，超出了截图的长度',
  },
} as const;
