/**
 * The jargon of trades that no school carries on, and ways in which their titles are written. None of these words says
 * anything alone; several of one trade beside an offer do (`find-offers.ts`). Written for this project.
 */
const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

/** `jargon`: hardly said outside the trade. `common`: said in ordinary notices too (助学贷款, 棋牌社), and counts only beside jargon. */
interface Trade {
  readonly jargon: readonly string[];
  readonly common: readonly string[];
}

/** Category of the starter list → words of the trade. */
export const TRADES: Readonly<Record<string, Trade>> = {
  gambling: {
    jargon: words(`
      百家乐 龙虎斗 轮盘赌 骰宝 炸金花 老虎机 时时彩 分分彩 极速赛车 幸运飞艇 六合彩 胆码 杀号 定位胆 组选 直选 大小单双 特码 投注 下注 押注 盘口
      赔率 让球 串关 滚球 买球 彩金 体验金 首存 首充 出款 返水 洗码 抽水 上分 下分 牌局 庄闲 倍投 稳赢 包赢 包中 娱乐城 荷官 高水 荐号 博彩 赌场
      赌球 回血`),
    common: words(`
      彩票 真人 电子 棋牌 捕鱼 牛牛 德州扑克 三公 麻将 快三 福彩 体彩 双色球 排列三 大乐透 和值 生肖 开奖 竞猜 水位 外围 存款 提款 提现 充值 流水
      筹码 俱乐部 庄家 连赢 中奖 计划群 娱乐 电竞 线路 备用网址 信誉 内幕 足球 体育 盈利 跟单`),
  },
  pornography: {
    jargon: words(`
      毛片 黄片 色情 情色 无码 一区二区 三级片 国产精品 精品久久 久久精品 人妻 熟女 萝莉 嫩模 桑拿 莞式 特殊服务 包夜 楼凤 品茶 空降 陪睡 裸聊 大尺度
      福利姬 三陪 无套 看黄 床戏`),
    common: words(`
      av 成人 有码 中文字幕 自拍 偷拍 少妇 学生妹 空姐 御姐 兼职妹 兼职大学生 技师 按摩 会所 全套 上门服务 快餐 喝茶 约会 裸照 主播 私密 写真 激情
      影院 免费看 小视频 性感 诱惑 亚洲 欧美 酒店 宾馆`),
  },
  drugs: {
    jargon: words(`
      冰毒 海洛因 麻古 麻果 K粉 摇头丸 烟油 冰壶 溜冰 上头电子烟 神仙水 听话水 乖乖水 迷药 迷奸 催情 失忆水 三唑仑 笑气 奶油气弹 ghb 埋雷 埋包 大麻`),
    common: words(`
      叶子 飞行员 猪肉 冰糖 上头 邮票 跳跳糖 烟弹 纯度 一克 克重 试货 现货 无色无味 见效 闪送 暗号 嗨 货到 一滴 隐秘 懂的`),
  },
  fraud: {
    jargon: words(`
      黑户 白户 秒批 秒下 下款 无抵押 免抵押 学生贷 裸条 刷单 点赞员 做单 宝妈 学生党 收卡 四件套 U盾 跑分 卡主 跟车 实名号 荐股 带盘 保本 办证 刻章
      永久可查 免考 票点 真票 不上征信 无需考试 包拿证 花钱就能 垫付 收对公`),
    common: words(`
      征信 放款 额度 身份证 利息 贷款 借款 任务 佣金 返利 兼职 导师 银行卡 对公 手机卡 电话卡 车队 黑马 涨停 翻倍 收益 理财 数字货币 虚拟币 USDT 点赞
      毕业证 学位证 文凭 学历 学信网 资格证 职称证 驾驶证 公章 发票 开票 税点 每天 一单`),
  },
  exam_cheating: {
    jargon: words(`
      命题组 泄题 替考 代考 枪手 助考 包过 改分 隐形耳机 传题 传答案 代写 代发 包录用 快速见刊 写手 包发表 考前答案 答案群发 考前一小时 考前两小时`),
    common: words(`
      答案 真题 原题 押题 考前 群发 保过 高考 中考 四级 六级 四六级 考研 公务员 教师资格证 自考 成考 接收器 作弊 论文 期刊 见刊 录用 查重 降重 专利
      课题 发表 职称 SCI 核心期刊 编辑 听力 选择`),
  },
  /** What dealers promise whatever they sell: a page of a school promises none of it. */
  commerce: {
    jargon: words(`
      货到付款 保密发货 隐私发货 先做后付 先货后款 见人付款 验货付款 视频验货 先验货 满意付款 满意再付款 诚信老店 不见面 不过退款 过不了退 退全款 全额退款
      包教包会 钢印 高仿 代做 逾期也能 无视征信 货真价实 现货秒发 有货 拿货 一手货源 无色无味`),
    common: words(`
      一对一 安排 资源 名额 担保 保密 闪送 物流 可操作 到账 到家 老板 编号可查 先看 换人 保障 品质 效果 价格 优惠 特价 本市 同城 顶级 全套 命题 答案 押题
      强效 见效 整枪 散件 水印 修改到`),
  },
  weapons: {
    jargon: words(`气枪 猎枪 仿真枪 钢珠枪 铅弹 枪友 弓弩 电棍 甩棍 雷管 消音器 秃鹰`),
    common: words(`手枪 子弹 枪支 配件 弩 箭头 电击 防身 军刀 匕首 炸药 火药 图纸 射程 高压`),
  },
};

/** Words of an offer that are too common to speak against a lesson elsewhere. */
export const SOLICITING: readonly string[] = words(`
  欢迎您 欢迎咨询 恭候 信誉 秒到 极速 现货 到货 货到 先验货 验货 付款 定金 订金 当天 一条龙 长期合作 价格美丽 有意者 数量有限 名额有限
  学生专享 大学生专享 仅凭 急招 招聘 多劳多得 立即 添加 加微信 进群 加群 进QQ群 加入 免费体验 免费 赠送 推荐 排行榜 APP 最新 官网 即领 即送
  联系 招商 代理 供应 出售 专业 办理 安全可靠 送货 发货 必到 到付 日结 秒结 收入 高价 靠谱 正规 老师带 在线观看 下载 有偿
  开户 客服 返点 包邮`);

/** Words of titles of sites that are only there to be found; the number says how much each says. */
export const TITLE_WORDS: readonly (readonly [points: number, shape: RegExp])[] = [
  [1, /官网|官方网站|官方版|官方平台/],
  [1, /登[录陆]|登入|入口/],
  [1, /app|安卓|ios|手机版|网页版|客户端|下载/i],
  [1, /注册|开户|导航|最新网址|备用/],
  [1, /体育|娱乐|电竞|棋牌|彩票|国际|俱乐部|竞技|真人|电玩|游戏/],
  [1, /视频|影院|影视|在线看|在线观看|免费观看|直播/],
  [1, /[（(]中国[)）]|有限公司|全站|平台/],
  [1, /首页|欢迎您|欢迎光临/],
  [1, /亚洲|澳门|葡京|皇冠|银河|金沙|永利|云顶|凯旋|威尼斯/],
  [1, /[\u4e00-\u9fff]\d{2,}|\b[a-z]\d\b/i],
  [2, /国产精品|又[色黄爽]|一区二区/],
  [2, /线路检测|老哥|成人版|看黄|午夜|福利视频|毛片|无码|资料大全|特马|开奖|娱乐城|博彩/],
];
