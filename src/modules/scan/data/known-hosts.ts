/**
 * Sites that everybody knows and to which nobody plants links: their links in hidden boxes are menus, shares, players,
 * counters. Registered names; written for this project.
 */
const KNOWN = new Set(
  `people.com.cn people.cn xinhuanet.com news.cn cctv.com cntv.cn cctv.cn gmw.cn chinadaily.com.cn china.com.cn china.cn
   cyol.com youth.cn chinanews.com chinanews.com.cn ce.cn cnr.cn cri.cn stdaily.com qstheory.cn jyb.cn 12371.cn xuexi.cn
   dangjian.cn wenming.cn 81.cn chsi.com.cn eol.cn zxxk.com cnki.net cnki.com.cn wanfangdata.com.cn cqvip.com
   chaoxing.com superlib.net duxiu.com zhihuishu.com icourse163.org xuetangx.com icourses.cn smartedu.cn ketangpai.com
   yuketang.cn gaokao.cn ncss.cn ncss.org.cn neea.cn cltt.org edu.cn cernet.com cernet.edu.cn conac.cn bszs.conac.cn
   cyberpolice.cn 12377.cn 12339.cn piyao.org.cn beian.cn baidu.com bdstatic.com baidustatic.com sogou.com so.com 360.cn
   bing.com google.com google.cn googleapis.com gstatic.com googletagmanager.com microsoft.com apple.com mozilla.org
   firefox.com adobe.com qq.com weixin.com gtimg.com gtimg.cn tencent.com weibo.com weibo.cn sina.com.cn sina.cn
   sinaimg.cn 163.com 126.com netease.com sohu.com ifeng.com toutiao.com douyin.com ixigua.com kuaishou.com bilibili.com
   zhihu.com douban.com xiaohongshu.com youku.com tudou.com iqiyi.com alipay.com taobao.com tmall.com aliyun.com
   alicdn.com dingtalk.com jd.com meituan.com amap.com gaode.com youtube.com youtu.be youtube-nocookie.com vimeo.com
   facebook.com twitter.com x.com instagram.com linkedin.com pinterest.com t.me wikipedia.org github.com gitee.com w3.org
   schema.org jquery.com bootcss.com bootcdn.net jsdelivr.net cloudflare.com unpkg.com staticfile.org cnzz.com umeng.com
   51.la 51yes.com linezing.com jiathis.com bshare.cn addthis.com sharethis.com tongji.com wordpress.org wordpress.com
   layui.com discuz.net dedecms.com browsehappy.com webplus.net sudytech.com.cn chinaedu.net`
    .trim()
    .split(/\s+/),
);

/** Whether a host belongs to one of them. */
export function isKnownHost(host: string): boolean {
  const labels = host.toLowerCase().split('.');
  for (let at = 0; at < labels.length - 1; at++) {
    if (KNOWN.has(labels.slice(at).join('.'))) return true;
  }
  return false;
}
