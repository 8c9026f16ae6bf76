/** Words by which a lesson against something is told from the thing itself. Written for this project. */

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

/** Negating or forbidding words: they govern what follows them within the same phrase. */
export const PREVENTION_BEFORE: readonly string[] = words(`
  严禁 禁止 不得 不准 杜绝 拒绝 远离 抵制 防范 防止 预防 警惕 识破 识别 打击 严打 严厉打击 查处 查获 整治 惩治 取缔 揭露 揭秘
  曝光 谨防 当心 小心 不要 切勿 请勿 不参与 不轻信 不沾 不碰 不吸 不赌 抵御 反对 举报 远离校园 涉嫌 破获 遏制 治理 戒除 戒断
  自觉抵制 勿信 别信 不信 不贪 不传播 不浏览 不观看 不下载 不购买 不使用 不尝试 不搞 不做 不替 不买 不卖 不看 绝不 决不 坚决不
  莫信 莫贪 慎防 严防 严查 严惩 清理 清除 侦破 捣毁 抓获 端掉 治罪 声称 宣称 号称 许诺 兜售 谎称 假冒 冒充 以所谓 所谓 诱骗 诱导 引诱 蒙骗 诈称
  非法 违法 违规 避免 屏蔽 过滤 整顿 专项行动 禁绝 抗拒 免受 警觉 认清 看清 远避 制止 劝阻 反诈 拒不 不能 不可 不应 不许 不允许 勿`);

/** The same in English, a phrase to a line: school pages teach in it, too, and most hidden advertisements are in it. */
const phrases = (text: string) => text.split('\n').flatMap((line) => line.trim() || []);

const ENGLISH_NEAR = phrases(`
  never trust
  do not trust
  do not click
  don't click
  phishing
  scam
  fraudster
  anti-fraud
  beware of
  is prohibited
  are prohibited
  is illegal
  are illegal
  against the law
  drug abuse
  drug addiction
  gambling addiction
  addicted to
  say no to
  stay away from
  report them
  report it to
  the police
  academic integrity
  plagiarism
  cybersecurity
  cyber safety
  online safety
  internet safety
  class meeting
  lose money
  cyber security`);

const ENGLISH_BROAD = phrases(`
  students
  pupils
  parents
  teachers
  school
  library
  warning
  reminds
  awareness
  prevention
  harmful
  victims
  unsafe
  lesson`);

/** Words that make a passage a lesson, a notice or a report about prevention. */
export const PREVENTION_NEAR: readonly string[] = [
  ...ENGLISH_NEAR,
  ...words(`
  禁毒 反诈 反赌 禁赌 扫黄打非 扫黑除恶 护苗 拒毒 防毒 识毒 反电信网络诈骗 防诈骗 防电信诈骗 防骗 识骗 拒赌 戒赌 缉毒 诚信考试
  主题班会 主题教育 主题团日 主题队会 宣传教育 宣传活动 宣讲 法治教育 法制教育 安全教育 警示教育 普法 健康教育 青春期教育 性教育
  毒品预防 预防教育 危害性 的危害 危害大 危害极大 有害 国家反诈中心 法治副校长 手抄报 黑板报 宣传周 宣传月 宣传日 国际禁毒日
  考风考纪 考试纪律 以案释法 告家长书 致家长 家长会 防溺水 倡议书 承诺书 知识竞赛 戒毒 戒毒所 依法追究 刑法 治安管理处罚法
  未成年人保护法 反有组织犯罪法 反电信网络诈骗法 公安机关 民警 警方 警官 派出所 公安局 典型案例 真实案例 案例 骗局 骗术 骗子 诈骗
  陷阱 受骗 上当 被骗 受害人 受害者 报警 犯罪嫌疑人 犯罪分子 不法分子 犯罪团伙 违法犯罪 属于违法 是违法 违法行为 犯罪行为 是犯罪
  构成犯罪 涉赌 涉毒 涉黄 赌瘾 毒瘾 判处 有期徒刑 法院 检察院 检察官 法官 拘留 罚款 零容忍 校园欺凌 防欺凌 自我保护 自护
  安全提示 温馨提示 提醒您 提醒广大 黄赌毒 净网 清朗 违纪 取消考试资格 取消成绩 考试违规 处理办法 学术不端 国家安全 宪法
  十赌九输 害人害己 不良信息 不良嗜好 恶习 陋习 诱饵 防范意识 提高警惕 骗取 诈骗罪 伪装成 致幻剂 精神活性 管制药品 列管
  麻醉药品 精神药品 国家管制 管制刀具 仿真样品 染上毒 吸食 涉枪 涉爆 缉枪治爆 侦查 侦办 立案 骗得 骗走 行骗 拉黑 帮信罪 洗钱罪 传销 敲诈勒索
  刑事责任 行政拘留 数罪并罚 从重处罚 依法惩处 依法打击 严肃处理 严肃查处 纪律处分 开除学籍 记过 一经查实 一经发现 通报批评 现予通报
  违规处理 师德师风 小广告 非法出版物 有害信息 网络乱象 黑客 暗链 挂马 篡改 植入 抢注 弱口令 网信部门 网络安全责任制 拉网式排查
  签名承诺 庄严宣誓 宣誓词 宣誓人 承诺人 主题讲座 专题讲座 国旗下讲话 开学第一课 情景剧 告诫 揭穿 敲响警钟 前车之鉴 身边的案例
  未成年人网络保护 青少年模式 防沉迷 防性侵 性侵害 隐私部位 邪教 反邪教 科学精神 校规校纪 法律责任 深陷 沉迷 悔恨 劝诫
  新型毒品 常见毒品 毒品种类 成瘾 依赖性 中枢神经 止痛 麻醉 留校察看 开除 严重警告 模拟法庭 公诉人 审判长 辩护人 社区戒毒 强制隔离 涉案 禁烟 收缴 查缴 执法人员 联合执法 市场监管 文旅局
  的概率 概率是 概率为 期望收益 数学课 必输 敲诈 安全课堂 财经素养
  报案 已报案 冒用 虚假信息 虚假宣传 虚假广告 虚假招生 网警 网安民警 告破 起底 失联 人财两空 血本无归 倾家荡产 家破人亡 锒铛入狱 误入歧途 得不偿失 一票否决 学术诚信
  网信办 乱象 产业链 黑灰产 灰产 灰色产业 论文造假 学术造假 造假行为 作案 嫌疑人 抓获 被抓 被捕 落网 拘捕 抓捕 逮捕 批捕 刑拘 提起公诉 庭审 宣判 一审 二审
  判刑 获刑 认罪 毒资 赃款 卧底 暗访 专项检查 摸底调查 无证照 反邪 邪说 信徒 迷信 披着 幌子 套路满满 涉毒电子烟 赌博案 诈骗案 敲诈案 贩毒案
  心理援助 心理热线 援助热线 心理咨询 心理老师 心理健康 危机干预 珍爱生命 生命教育 自杀预防 自我伤害 12356 12377 12339 12390 96110 举报电话 违法和不良信息
  反间谍 全民国家安全教育日 反恐怖主义 反恐 邪教组织 崇尚科学 相信科学 宗教极端 极端主义 民族分裂 分裂势力 分裂主义 台独势力 维护祖国统一 祖国统一 三股势力 暴恐案件
  保密宣传 保密法 泄密案 个人信息保护法 勒索 敲诈 洗钱 缓刑 罚金 触犯 法律底线 坚决抵制 依法查处 通报如下 假烟案 打假 消费提示 消费警示 风险提示 预警
  艾滋病 防艾 艾防 性传播疾病 无偿献血 安全用药 药物滥用 生理卫生 两性知识 伪科学 封建迷信 破除迷信 移风易俗 仿真毒品 辨析 警世 钓鱼网站 暗访 曝光台
  防控 防治 摘要 关键词 文献综述 十字军 拒绝了 被骗了 骗了 纪录片 史实 侵华日军 抗战 殉国 缉毒英雄 以假乱真 净网行动 仿冒 钓鱼邮件 勒索邮件 验真 自查表 检查项
  检查情况 检查记录 下架处理 当场下架 移送 辨别真伪 识别真假 引以为戒 违反 处理决定 鸦片战争 虎门销烟 林则徐 毒品犯罪 贩毒分子 吸毒者 吸毒人员 一级致癌
  毒品 毒贩 烟毒 涉枪涉爆 投案自首 通告 分布列 数学期望 随机变量 概率论 古典概型 红楼梦 水浒传 鲁迅 曹雪芹 明清 清代 明代 宋代 民国 朝廷 世纪
  辅助生殖 胚胎移植 临床 药理 适应症 镇痛 致死 赌徒 赌徒们 高利贷 输光 债务 成瘾者 诱导充值 虚假平台 损失惨重 博彩业 博彩税 博彩毛收入 娱乐公司专营 赌权
  敏感词 违禁词 屏蔽词 不得发布 用户协议 社区规范 学术不端行为 违规行为 系统卡单 垫付资金 拉黑删除 被害人 受骗者 非法集资 传销组织 帮助信息网络犯罪
  被告人 获刑 参赌 赌客 非法获利 违法所得 抽头渔利 境外赌博 另案处理 基本案情 裁判结果 典型意义 猥亵 性引诱 不良交友 危害未成年人 涉黄涉赌 专项整治`),
];

/** Words that say little alone, and much where several of them and of the others stand together. */
export const PREVENTION_BROAD: readonly string[] = [
  ...ENGLISH_BROAD,
  ...words(`
  提醒 提示 手段 手法 套路 常见 特征 危害 违法 犯罪 处罚 追究 风险 警示 教育 宣传 讲座 讲解 学习 认识 了解 自觉 增强 提高 意识 能力
  安全 法律 法规 法治 青少年 未成年人 家长 同学们 老师 班主任 学生 学校 校园 保护 隐私 健康 案件 案发 查明 经审理 嫌疑人 团伙 落网
  老师们 各位家长 家长朋友 尊敬的家长 班会 教案 教学目标 板书 小结 导入 心得 倡议 承诺 宣誓 问答 讨论 誓言 代价 后果 悬崖 深渊 谎言 警钟
  班主任 辅导员 心理 志愿者 公益 展板 海报 通报 整改 排查 漏洞 监测 条例 规定 办法 取得 追回 止付 冻结 没收 查扣 缴获 检举
  被告人 判决 责任 网络安全 个人信息 切记 牢记 不转账 核实 96110 110 12377 12355 切勿 谨防 防范 警惕 拒绝 远离 抵制 检查 下架 移交 执法 告诉老师 告诉家长 报告老师 卸载 关闭 试题 习题 判断题 选择题 下列 问卷 访谈 调查 辩论 旁白
  镜头 处分 给予 广播 朗诵 周记 讲稿 探究 情境 讲故事 征文 概率 频率 期望 方差 骰子 统计 频数 直方图 例题
  作业 练习 说明理由 找出 辨一辨 辨别 甄别 分辨 官方网站 正规渠道 声明 求证 谣言 辟谣 虚假 骗 违规 纪律 作文 读后感 观后感 课文 小说 历史 课堂 作品 赏析 教材`),
];

/** Words of an offer: beside one of these, one word of prevention excuses nothing. */
export const LURES: readonly string[] = words(`
  注册送 注册即送 首存 首充 彩金 返水 包赔 稳赚 加微信 加薇信 加V 加QQ 点击进入 立即下载 立即注册 在线客服 诚信经营 货到付款 包邮
  低价出售 高价回收 提现秒到 24小时接单 代理加盟 日赚 月入过万 免费观看 在线观看 官网入口 最新网址 备用网址 包过 不过退款 手机版下载
  现货 批发 一手货源 货源 诚招代理 招代理 代理招商 招商加盟 老客户 新客户 直销 专卖 全国发货 全国包邮 同城送货 当天发货 现货直发 保密发货
  隐蔽包装 诚信第一 先付定金 付尾款 日结 秒结 秒到账 秒下款 返佣 返点 拉人返 必中 精准资料 内部资料 扫码下载 扫码进群 付费入群 进群领取
  试玩 高赔率 大额无忧 提款无限 出款快 当天出证 先看样 先看货 满意付款 不满意退款 包机票 招聘推广 接单 报价 八折 特价 一对一带单 跟单
  APP下载 官方网站 官网登录 开户送 充值送 首页登录 全网最高 信誉保证 欢迎咨询 联系客服 加群 加我 私聊 长期有效 支持验货`);

/** Categories of which lessons are held; in others a term of tier `ban` is excused by an allow phrase only. */
export const TAUGHT: ReadonlySet<string> = new Set(
  words(
    'gambling pornography drugs fraud exam_cheating weapons circumvention cult extremism harm illicit_trade',
  ),
);
