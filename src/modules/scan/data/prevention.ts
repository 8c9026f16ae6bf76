/** Words by which a lesson against something is told from the thing itself. Written for this project. */

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

/** Negating or forbidding words: they govern what follows them within the same phrase. */
export const PREVENTION_BEFORE: readonly string[] = words(`
  严禁 禁止 不得 不准 杜绝 拒绝 远离 抵制 防范 防止 预防 警惕 识破 识别 打击 严打 严厉打击 查处 查获 整治 惩治 取缔 揭露 揭秘
  曝光 谨防 当心 小心 不要 切勿 请勿 不参与 不轻信 不沾 不碰 不吸 不赌 抵御 反对 举报 远离校园 涉嫌 破获 遏制 治理 戒除 戒断
  自觉抵制 勿信 别信 不信 不贪 不传播 不浏览 不观看 不下载 不购买 不使用 不尝试 不搞 不做 不替 不买 不卖 不看 绝不 决不 坚决不
  莫信 莫贪 慎防 严防 严查 严惩 清理 清除 侦破 捣毁 抓获 端掉 治罪 声称 谎称 假冒 冒充 以所谓 所谓 诱骗 诱导 引诱 蒙骗 诈称
  避免 屏蔽 过滤 整顿 专项行动 禁绝 抗拒 免受 警觉 认清 看清 远避 制止 劝阻 反诈 拒不 不能 不可 不应 不许 不允许 勿`);

/** Words that make a passage a lesson, a notice or a report about prevention. */
export const PREVENTION_NEAR: readonly string[] = words(`
  禁毒 反诈 反赌 禁赌 扫黄打非 扫黑除恶 护苗 拒毒 防毒 识毒 反电信网络诈骗 防诈骗 防电信诈骗 防骗 识骗 拒赌 戒赌 缉毒 诚信考试
  主题班会 主题教育 主题团日 主题队会 宣传教育 宣传活动 宣讲 法治教育 法制教育 安全教育 警示教育 普法 健康教育 青春期教育 性教育
  毒品预防 预防教育 危害性 的危害 危害大 危害极大 有害 国家反诈中心 法治副校长 手抄报 黑板报 宣传周 宣传月 宣传日 国际禁毒日
  考风考纪 考试纪律 以案释法 告家长书 致家长 家长会 防溺水 倡议书 承诺书 知识竞赛 戒毒 戒毒所 依法追究 刑法 治安管理处罚法
  未成年人保护法 反有组织犯罪法 反电信网络诈骗法 公安机关 民警 警方 警官 派出所 公安局 典型案例 真实案例 案例 骗局 骗术 骗子 诈骗
  陷阱 受骗 上当 被骗 受害人 受害者 报警 犯罪嫌疑人 犯罪分子 不法分子 犯罪团伙 违法犯罪 属于违法 是违法 违法行为 犯罪行为 是犯罪
  构成犯罪 涉赌 涉毒 涉黄 赌瘾 毒瘾 判处 有期徒刑 法院 检察院 检察官 法官 拘留 罚款 零容忍 校园欺凌 防欺凌 自我保护 自护
  安全提示 温馨提示 提醒您 提醒广大 黄赌毒 净网 清朗 违纪 取消考试资格 取消成绩 考试违规 处理办法 学术不端 国家安全 宪法
  十赌九输 害人害己 不良信息 不良嗜好 恶习 陋习 诱饵 防范意识 提高警惕 骗取 诈骗罪 伪装成 致幻剂 精神活性 管制药品 列管
  新型毒品 常见毒品 毒品种类 成瘾 依赖性 中枢神经 止痛 麻醉 鸦片战争 虎门销烟 林则徐 毒品犯罪 贩毒分子 吸毒者 吸毒人员 一级致癌`);

/** Words that say little alone, and much where several of them and of the others stand together. */
export const PREVENTION_BROAD: readonly string[] = words(`
  提醒 提示 手段 手法 套路 常见 特征 危害 违法 犯罪 处罚 追究 风险 警示 教育 宣传 讲座 讲解 学习 认识 了解 自觉 增强 提高 意识 能力
  安全 法律 法规 法治 青少年 未成年人 家长 同学们 老师 班主任 学生 学校 校园 保护 隐私 健康 案件 案发 查明 经审理 嫌疑人 团伙 落网
  被告人 判决 责任 网络安全 个人信息 切记 牢记 不转账 核实 96110 110 12377 12355 切勿 谨防 防范 警惕 拒绝 远离 抵制`);

/** Words of an offer: beside one of these, one word of prevention excuses nothing. */
export const LURES: readonly string[] = words(`
  注册送 注册即送 首存 首充 彩金 返水 包赔 稳赚 加微信 加薇信 加V 加QQ 点击进入 立即下载 立即注册 在线客服 诚信经营 货到付款 包邮
  低价出售 高价回收 提现秒到 24小时接单 代理加盟 日赚 月入过万 免费观看 在线观看 官网入口 最新网址 备用网址 包过 不过退款 手机版下载
  APP下载 官方网站 官网登录 开户送 充值送 首页登录 全网最高 信誉保证 欢迎咨询 联系客服 加群 加我 私聊 长期有效 支持验货`);

/** Categories of which lessons are held; in others a term of tier `ban` is excused by an allow phrase only. */
export const TAUGHT: ReadonlySet<string> = new Set(words('gambling pornography drugs fraud exam_cheating'));
