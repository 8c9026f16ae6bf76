/** Clean pages and parts of pages that use what hidden links use, as templates of schools' sites do. */
import { seeded } from '../seeded.ts';

const { below, pick } = seeded(20261125);
const id = () => `${pick(['nav', 'tab', 'con', 'ad', 'menu'])}${below(1000)}`;
/** A site of somebody else: a partner, a maker, a local paper. */
const other = () =>
  `http://www.${pick(['paper', 'museum', 'partner', 'maker', 'hospital'])}${below(1000)}.example/`;
const known = () =>
  pick([
    'http://www.people.com.cn/',
    'http://www.xinhuanet.com/',
    'https://www.xuexi.cn/',
    'https://weibo.com/u/1',
    'https://www.chsi.com.cn/',
    'http://www.moe.gov.cn/',
    'https://www.cnki.net/',
    'http://www.pku.edu.cn/',
    'https://www.12371.cn/',
  ]);
const out = (text = pick(['本地日报', '合作医院', '博物馆', '设备厂家'])) =>
  `<a href="${other()}" target="_blank">${text}</a>`;
const far = () =>
  `<a href="${known()}">${pick(['人民网', '新华网', '学习强国', '学信网', '教育部', '知网'])}</a>`;
const own = () =>
  `<a href="/info/${below(10000)}.htm">${pick(['校园动态', '通知公告', '教师风采', '党建工作'])}</a>`;

type Template = readonly [name: string, make: () => string];

export const cleanVariants: readonly Template[] = [
  [
    'menu that unfolds on hover',
    () => {
      const one = id();
      return `<style>#${one} ul ul{position:absolute;left:-9999px}#${one} ul li:hover ul{left:0}</style><div id="${one}"><ul><li><a href="#">资源</a><ul><li>${out()}</li><li>${far()}</li></ul></li></ul></div>`;
    },
  ],
  [
    'menu that unfolds by focus',
    () => {
      const one = id();
      return `<style>.${one} .sub{visibility:hidden;opacity:0}.${one}:focus-within .sub{visibility:visible;opacity:1}</style><div class="${one}"><a href="#">链接</a><div class="sub">${out()}${out()}</div></div>`;
    },
  ],
  [
    'menu shown by jQuery',
    () => {
      const one = id();
      return `<div class="${one}"><span>友情链接</span><ul class="sub${one}" style="display:none"><li>${out()}</li><li>${out()}</li></ul></div><script>$(".${one}").hover(function(){$(this).find(".sub${one}").show()},function(){$(this).find(".sub${one}").hide()})</script>`;
    },
  ],
  [
    'tabs by number',
    () => {
      const one = id();
      return `<ul><li onmouseover="setTab('${one}',1,2)">一</li><li onmouseover="setTab('${one}',2,2)">二</li></ul><div id="con_${one}_1">${out()}</div><div id="con_${one}_2" style="display:none">${out()}${out()}</div><script>function setTab(n,c,k){for(i=1;i<=k;i++){var con=document.getElementById("con_"+n+"_"+i);con.style.display=i==c?"block":"none"}}</script>`;
    },
  ],
  [
    'tabs of a plug-in',
    () =>
      `<div class="slideTxtBox"><div class="hd"><ul><li>媒体</li><li>校友</li></ul></div><div class="bd"><ul><li>${out()}</li></ul><ul style="display:none"><li>${out()}</li></ul></div></div><script src="/js/jquery.SuperSlide.2.1.1.js"></script><script>jQuery(".slideTxtBox").slide();</script>`,
  ],
  [
    'Bootstrap tabs',
    () => {
      const one = id();
      return `<style>.tab-content>.tab-pane{display:none}.tab-content>.active{display:block}</style><ul><li><a data-toggle="tab" href="#${one}">校友</a></li></ul><div class="tab-content"><div class="tab-pane active">${own()}</div><div class="tab-pane" id="${one}">${out()}${far()}</div></div>`;
    },
  ],
  [
    'Layui tabs',
    () =>
      `<style>.layui-tab-content>.layui-tab-item{display:none}.layui-tab-content>.layui-show{display:block!important}</style><div class="layui-tab-content"><div class="layui-tab-item layui-show">${own()}</div><div class="layui-tab-item">${out()}</div></div>`,
  ],
  [
    'carousel',
    () =>
      `<style>.slides li{display:none}.slides li:first-child{display:block}</style><ul class="slides"><li><a href="/a"><img src="/1.jpg" alt="校庆"></a></li><li><a href="${other()}"><img src="/2.jpg" alt="展览"></a></li></ul>`,
  ],
  [
    'carousel, written out',
    () =>
      `<div class="banner"><ul class="pic"><li><a href="/1"><img src="/1.jpg"></a></li><li style="display:none"><a href="${other()}"><img src="/2.jpg"></a></li><li style="display:none"><a href="${known()}"><img src="/3.jpg"></a></li></ul></div>`,
  ],
  [
    'carousel by opacity',
    () =>
      `<div class="fade"><div class="item" style="opacity:1;z-index:2"><a href="/1">${own()}</a></div><div class="item" style="opacity:0;z-index:1"><a href="${other()}"><img src="/b.jpg" alt="活动"></a></div></div>`,
  ],
  [
    'skip link',
    () =>
      `<style>.skip{position:absolute;left:-9999px}.skip:focus{left:0}</style><a class="skip" href="#main">跳到正文</a>`,
  ],
  [
    'text for screen readers',
    () =>
      `<style>.sr-only{position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)}</style><a href="${other()}">合作单位<span class="sr-only">（在新窗口打开）</span></a>`,
  ],
  [
    'icon links with hidden text',
    () =>
      `<style>.ico{display:inline-block;width:32px;height:32px;background:url(/wx.png);text-indent:-9999px;overflow:hidden}</style><a class="ico" href="https://weibo.com/u/${below(9999)}">微博</a>`,
  ],
  [
    'logo with hidden text',
    () => `<h1 style="text-indent:-9999px;background:url(/logo.png)"><a href="/">希望中学</a></h1>`,
  ],
  [
    'phone menu',
    () =>
      `<style>@media (max-width:768px){.pc{display:none}}@media (min-width:769px){.phone{display:none}}</style><div class="pc">${out()}${own()}</div><div class="phone">${out()}${own()}</div>`,
  ],
  [
    'menu that slides in',
    () =>
      `<style>.side{position:fixed;left:-320px;width:300px}.side.open{left:0}</style><div class="side">${own()}${far()}</div>`,
  ],
  [
    'modal',
    () => {
      const one = id();
      return `<button data-toggle="modal" data-target="#${one}">在线报名</button><div class="modal fade" id="${one}" style="display:none" role="dialog"><p>报名请到 ${out('报名平台')}</p></div>`;
    },
  ],
  [
    'closed dialog',
    () =>
      `<dialog id="d1"><p>本站使用第三方统计，见 ${far()}</p></dialog><button onclick="d1.showModal()">说明</button>`,
  ],
  [
    'cookie banner',
    () =>
      `<div id="cookie" style="display:none">本站使用缓存。<a href="https://www.baidu.com/duty/">说明</a><button onclick="document.getElementById('cookie').style.display='none'">好</button></div>`,
  ],
  [
    'floating notice that closes',
    () => {
      const one = id();
      return `<div id="${one}" style="position:absolute"><a href="${other()}"><img src="/zs.jpg" alt="招生"></a><a href="javascript:closeIt()">关闭</a></div><script>function closeIt(){document.getElementById("${one}").style.display="none"}</script>`;
    },
  ],
  [
    'notice that closes by a variable',
    () => {
      const one = id();
      return `<div id="${one}"><a href="${other()}"><img src="/zs.jpg"></a><span id="x">关闭</span></div><script>var box=document.getElementById("${one}");document.getElementById("x").onclick=function(){box.style.display="none"}</script>`;
    },
  ],
  [
    'notice that closes itself',
    () => {
      const one = id();
      return `<div id="${one}">${out('校庆专题')}</div><script>setTimeout(function(){$("#${one}").hide()},8000)</script>`;
    },
  ],
  [
    'lazy pictures',
    () =>
      `<img class="lazy" style="opacity:0" data-original="/a.jpg"><noscript><img src="http://img${below(99)}.example/a.jpg"></noscript>`,
  ],
  [
    'print only',
    () =>
      `<style>@media print{.noprint{display:none}}@media screen{.print{display:none}}</style><div class="noprint">${out()}</div><div class="print">来源：希望中学</div>`,
  ],
  [
    'friendly links in the footer',
    () =>
      `<div class="foot" style="background:#0b5;color:#fff"><p>友情链接</p>${Array.from({ length: 12 }, () => pick([out, far])()).join(' ')}</div>`,
  ],
  [
    'friendly links in a list box',
    () =>
      `<select onchange="window.open(this.value)"><option value="">--友情链接--</option><option value="${other()}">合作学校</option><option value="${known()}">教育部</option></select>`,
  ],
  [
    'friendly links white on a painted footer',
    () => {
      const one = id();
      return `<style>.${one}{background-color:#b3272d}.${one} a{color:#fff}</style><div class="${one}">${out()}${out()}${far()}</div>`;
    },
  ],
  [
    'white links on a picture',
    () => {
      const one = id();
      return `<style>.${one}{background:url(/f.jpg) no-repeat}.${one} a{color:#ffffff}</style><div class="${one}">${out()}</div>`;
    },
  ],
  [
    'white links on a gradient',
    () =>
      `<style>.bar{background:linear-gradient(#06c,#039)}.bar a{color:#fff}</style><div class="bar">${out()}</div>`,
  ],
  [
    'white links in a table with a picture',
    () =>
      `<table background="/bg.gif"><tr><td><a href="${other()}"><font color="#FFFFFF">合作单位</font></a></td></tr></table>`,
  ],
  [
    'gradient letters',
    () =>
      `<style>.g{background:linear-gradient(90deg,red,blue);-webkit-background-clip:text;-webkit-text-fill-color:transparent}</style><a class="g" href="${other()}">校友会</a>`,
  ],
  [
    'statistics',
    () =>
      `<script>var _hmt=_hmt||[];(function(){var hm=document.createElement("script");hm.src="https://hm.baidu.com/hm.js?${below(1e9)}";var s=document.getElementsByTagName("script")[0];s.parentNode.insertBefore(hm,s)})();</script><div style="display:none"><script src="https://s4.cnzz.com/z_stat.php?id=${below(1e9)}"></script><a href="https://www.cnzz.com/stat/website.php?web_id=${below(1e9)}" target="_blank" title="站长统计">站长统计</a></div>`,
  ],
  [
    'counter of one pixel',
    () =>
      `<img src="http://count.example/1.gif" width="1" height="1"><iframe src="http://www.school.example/online.aspx" width="0" height="0"></iframe>`,
  ],
  [
    'music of long ago',
    () => `<embed src="http://music.example/xiaoge.mp3" width="0" height="0" autostart="true" loop="true">`,
  ],
  [
    'share buttons',
    () =>
      `<div class="bdsharebuttonbox" style="display:none"><a href="#" class="bds_qzone"></a><a href="https://service.weibo.com/share/share.php?url=x">分享到微博</a></div>`,
  ],
  [
    'form of a CMS',
    () =>
      `<form method="post"><input type="hidden" name="__VIEWSTATE" value="/wEPDwUKLTE2MTY2ODcyMjlkZP${below(1e9)}"><input type="hidden" name="url" value="${other()}"></form>`,
  ],
  [
    'login box that opens',
    () => `<div class="loginbox" style="display:none"><a href="${known()}">统一认证</a>${own()}</div>`,
  ],
  [
    'hidden rows of a list',
    () =>
      `<ul class="links"><li>${out()}</li><li>${out()}</li><li class="more" style="display:none">${out()}</li></ul><a href="javascript:;" onclick="$('.more').toggle()">更多</a>`,
  ],
  [
    'accordion',
    () =>
      `<style>.panel{max-height:0;overflow:hidden;transition:max-height .2s}.panel.open{max-height:500px}</style><button class="accordion">常用链接</button><div class="panel">${out()}${out()}</div>`,
  ],
  [
    'accordion opened by a script',
    () =>
      `<style>.panel{max-height:0;overflow:hidden}</style><button class="acc">常用链接</button><div class="panel">${out()}</div><script>document.querySelector(".acc").onclick=function(){var p=this.nextElementSibling;p.style.maxHeight=p.style.maxHeight?null:p.scrollHeight+"px"}</script>`,
  ],
  [
    'checkbox menu',
    () =>
      `<style>#t{display:none}.m{display:none}#t:checked~.m{display:block}</style><input type="checkbox" id="t"><label for="t">菜单</label><div class="m">${out()}${own()}</div>`,
  ],
  ['details', () => `<details><summary>常用网站</summary>${out()}${far()}</details>`],
  [
    'template of a script',
    () =>
      `<script type="text/html" id="tpl"><div style="display:none"><a href="{{d.url}}">{{d.title}}</a></div></script><template id="row"><a href="">链接</a></template>`,
  ],
  [
    'Vue before it starts',
    () =>
      `<style>[v-cloak]{display:none}</style><div id="app" v-cloak><a href="${other()}">{{ name }}</a></div>`,
  ],
  [
    'video in a closed box',
    () =>
      `<div class="modal" id="v1" hidden><iframe src="https://player.bilibili.com/player.html?aid=${below(1e8)}" width="600" height="400"></iframe></div><button data-target="#v1">看视频</button>`,
  ],
  [
    'badges',
    () =>
      `<div style="line-height:0"><a href="https://bszs.conac.cn/sitename?method=show&id=${below(1e8)}"><img src="/red.png"></a><a href="http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=34010202600000"><img src="/ga.png">皖公网安备34010202600000号</a></div>`,
  ],
  [
    'headline ticker',
    () =>
      `<div style="height:30px;overflow:hidden"><ul style="margin-top:-30px"><li>${own()}</li><li>${out()}</li></ul></div><marquee height="24" scrollamount="2">${out()}</marquee>`,
  ],
  [
    'map of a banner',
    () =>
      `<img src="/b.jpg" usemap="#m"><map name="m"><area shape="rect" coords="0,0,90,40" href="${other()}" alt="报名"></map>`,
  ],
  [
    'sprite',
    () =>
      `<svg width="0" height="0" style="position:absolute"><symbol id="i"><path d="M0 0h9"/></symbol></svg>${out()}`,
  ],
  [
    'phone site by user agent',
    () =>
      `<script>if(/Android|iPhone|Mobile/i.test(navigator.userAgent)){window.location.href="http://m.school.example/"}</script>`,
  ],
  [
    'search engine named beside a redirect',
    () =>
      `<script>if(navigator.userAgent.indexOf("MSIE")>0){location.href="http://www.school.example/ie.html"}var engines=["baidu","google"];</script>`,
  ],
  [
    'site search by Baidu',
    () =>
      `<form action="https://www.baidu.com/baidu"><input name="word"><input type="hidden" name="si" value="www.school.example"></form>`,
  ],
  [
    'own address under another name',
    () =>
      `<link rel="canonical" href="https://www.hope-school.example/"><div style="display:none">${own()}</div>`,
  ],
  [
    'conditional styles',
    () =>
      `<!--[if lt IE 9]><script src="https://cdn.example/html5shiv.js"></script><p class="browsehappy">请<a href="http://browsehappy.com/">升级浏览器</a></p><![endif]-->`,
  ],
  [
    'variables of a theme',
    () =>
      `<style>:root{--bg:#fff;--fg:#333;--menu:none}.card{background:var(--bg);color:var(--fg)}@media(max-width:600px){.menu{display:var(--menu)}}</style><div class="card">${out()}<div class="menu">${out()}</div></div>`,
  ],
  [
    'white letters on a ground by class',
    () =>
      `<link rel="stylesheet" href="/css/style.css"><div class="w-footer"><p style="color:#fff">技术支持：${out()}</p></div>`,
  ],
];
