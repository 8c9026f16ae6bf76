/**
 * More ways in which pages hide links, and clean pages that look like them: written from reports of real cases and from
 * the CSS and HTML standards, not from the rules of the scan. Each family is generated with other names and addresses.
 */
import { seeded } from '../seeded.ts';

const { below, pick } = seeded(20261124);
const name = () => `${pick(['a', 'k', 'zz', 'top', 'box', 'f-'])}${below(10 ** 6)}`;
const host = () => `${pick(['www', 'm', 'v'])}.${pick(['alpha', 'beta', 'gamma'])}${below(1000)}.example`;
const TEXTS = ['友情链接', '最新消息', '点击查看', '健康生活', '更多精彩', '。', ''];
const link = (attributes = '', text = pick(TEXTS)) => `<a href="http://${host()}/"${attributes}>${text}</a>`;
const named = () => link('', pick(TEXTS.slice(0, 5)));
const links = () => `${link()} ${link()} ${link()}`;

type Family = readonly [name: string, make: () => string];

/** A box whose class, declared in a `<style>` on the same page, has this body. */
const byClass = (body: string, inner = links) => {
  const own = name();
  return `<style>.${own}{${body}}</style><div class="${own}">${inner()}</div>`;
};
const styled = (body: string) => `<div style="${body}">${links()}</div>`;
const codes = (text: string) => [...text].map((one) => one.codePointAt(0)).join(',');
const hex = (text: string) =>
  [...text].map((one) => `\\x${one.codePointAt(0)!.toString(16).padStart(2, '0')}`).join('');
const percent = (text: string) =>
  [...text].map((one) => `%${one.codePointAt(0)!.toString(16).padStart(2, '0')}`).join('');
const box = () => `<div style="display:none"><a href="http://${host()}/">x</a></div>`;

export const hiddenVariants: readonly Family[] = [
  ['class, off screen', () => byClass(`position:absolute;left:-${1000 + below(9000)}px`)],
  ['class, fixed far above', () => byClass(`position:fixed;top:-${10000 + below(90000)}px;overflow:hidden`)],
  ['class, size 0', () => byClass('font-size:0')],
  ['class, size 1px', () => byClass('font-size:1px;line-height:1px')],
  ['line height 0', () => styled('line-height:0;height:0;overflow:hidden')],
  ['opacity .01', () => styled(`opacity:${pick(['.01', '0.01', '0', '.001', '0%'])}`)],
  ['opacity by filter', () => styled(`filter:${pick(['opacity(0)', 'opacity(0%)', 'opacity(1%)'])}`)],
  ['scale', () => styled(`transform:${pick(['scale(0)', 'scale(0,0)', 'scaleX(0)', 'scale(.001)'])}`)],
  ['scale property', () => styled('scale:0')],
  ['translate property', () => styled('translate:-9999px 0')],
  ['translate', () => styled('transform:translateX(-9999px)')],
  ['mask', () => styled('mask-image:linear-gradient(transparent,transparent)')],
  [
    'clip path of no size',
    () => styled(`clip-path:${pick(['polygon(0 0,0 0,0 0)', 'circle(0)', 'inset(50%)'])}`),
  ],
  ['clip 1 px', () => styled('position:absolute;clip:rect(1px,1px,1px,1px)')],
  [
    'class of the ground’s colour',
    () => {
      const own = name();
      return `<style>.${own}{background:#f2f2f2}.${own} a{color:#f2f2f2}</style><div class="${own}">${links()}</div>`;
    },
  ],
  [
    'colour by hsl',
    () =>
      `<div style="background:#fff"><span style="color:hsl(0,0%,100%)">${link(' style="color:hsl(0 0% 100%)"')}</span></div>`,
  ],
  [
    'named colour on itself',
    () => {
      const colour = pick(['whitesmoke', 'snow', 'ivory', 'gainsboro', 'navy', 'silver']);
      return `<div style="background-color:${colour}">${link(` style="color:${colour}"`)}</div>`;
    },
  ],
  [
    'font colour of its cell',
    () =>
      `<table><tr><td bgcolor="#eeeeee"><font color="#eeeeee">${link(' style="color:#eee"')}</font></td></tr></table>`,
  ],
  ['transparent', () => styled('color:transparent').replaceAll('<a ', '<a style="color:transparent" ')],
  ['transparent fill', () => styled('-webkit-text-fill-color:transparent')],
  [
    'marquee of one pixel',
    () => `<marquee height="1" width="4" scrollamount="3000" scrolldelay="20000">${links()}</marquee>`,
  ],
  ['marquee of no height', () => `<marquee style="height:0px">${links()}</marquee>`],
  [
    'marquee by class',
    () => {
      const own = name();
      return `<style>.${own}{width:1px;height:1px}</style><marquee class="${own}">${links()}</marquee>`;
    },
  ],
  [
    'iframe, 1 px by style',
    () => `<iframe src="http://${host()}/" style="width:1px;height:1px;border:0"></iframe>`,
  ],
  ['iframe, not displayed', () => `<iframe src="http://${host()}/" style="display:none"></iframe>`],
  [
    'frame of data',
    () =>
      `<iframe style="display:none" src="data:text/html;base64,${Buffer.from(`<a href="http://${host()}/">x</a>`).toString('base64')}"></iframe>`,
  ],
  [
    'frame with its document',
    () => `<iframe style="display:none" srcdoc='<a href="http://${host()}/">x</a>'></iframe>`,
  ],
  ['@media nested', () => byClassIn((rule) => `@media screen and (min-width:1px){${rule}}`)],
  ['@media (max-width) of all screens', () => byClassIn((rule) => `@media (max-width:99999px){${rule}}`)],
  ['@supports', () => byClassIn((rule) => `@supports (display:block){${rule}}`)],
  ['@layer', () => byClassIn((rule) => `@layer base{${rule}}`)],
  [
    'nested rule',
    () => {
      const own = name();
      return `<style>.${own}{color:#333;& p{display:none}}</style><div class="${own}"><p>${links()}</p></div>`;
    },
  ],
  [
    'style sheet in base64',
    () => {
      const own = name();
      const css = Buffer.from(`.${own}{display:none}`).toString('base64');
      return `<link rel="stylesheet" href="data:text/css;base64,${css}"><div class="${own}">${links()}</div>`;
    },
  ],
  [
    'imported style sheet in data',
    () => {
      const own = name();
      return `<style>@import url("data:text/css,.${own}{display:none}");</style><div class="${own}">${links()}</div>`;
    },
  ],
  [
    'variable',
    () => {
      const own = name();
      return `<style>:root{--s:none}.${own}{display:var(--s)}</style><div class="${own}">${links()}</div>`;
    },
  ],
  ['variable with a default', () => styled('display:var(--nothing,none)')],
  [':is', () => byClassAs((own) => `:is(.${own}){display:none}`)],
  ['capitals and a comment', () => styled('DISPLAY:/**/NONE')],
  ['escaped property', () => styled('d\\69splay:none')],
  ['hidden attribute', () => `<div hidden>${links()}</div>`],
  ['hidden until found', () => `<div hidden="until-found">${links()}</div>`],
  ['template', () => `<template>${named()}${named()}${named()}</template>`],
  [
    'closed details in a box of no height',
    () => `<div style="height:0;overflow:hidden"><details>${links()}</details></div>`,
  ],
  ['closed dialog', () => `<dialog>${named()}${named()}${named()}</dialog>`],
  [
    'SVG of no size',
    () => `<svg width="0" height="0"><a xlink:href="http://${host()}/"><text>x</text></a></svg>`,
  ],
  ['object of no size', () => `<object data="http://${host()}/" width="0" height="0"></object>`],
  ['embed of no size', () => `<embed src="http://${host()}/" width="1" height="1">`],
  [
    'punctuation behind the page’s end',
    () => `</body></html><div style="display:none">${link('', '.')}</div>`,
  ],
  [
    'comment for old browsers, nested',
    () => `<!--[if !IE]><!--><div style="display:none">${links()}</div><!--<![endif]-->`,
  ],
  [
    'written in pieces',
    () =>
      `<script>document.write("<di"+"v style='dis"+"play:none'>");</script>${links()}<script>document.write("</div>");</script>`,
  ],
  [
    'style written by a script',
    () => {
      const own = name();
      return `<script>document.write('<style>.${own}{position:absolute;top:-9999px}</style>')</script><div class="${own}">${links()}</div>`;
    },
  ],
  [
    'style element made by a script',
    () => {
      const own = name();
      return `<div id="${own}">${links()}</div><script>var s='#${own}{margin:0 20px;position:fixed;overflow:hidden;top:-15241385px;display:block}';var e=document.createElement('st'+'yle');e.styleSheet?e.styleSheet.cssText=s:e.appendChild(document.createTextNode(s));document.getElementsByTagName('he'+'ad')[0].appendChild(e)</script>`;
    },
  ],
  [
    'cssText',
    () => {
      const own = name();
      return `<div id="${own}">${links()}</div><script>document.getElementById("${own}").style.cssText="position:absolute;left:-9999px"</script>`;
    },
  ],
  [
    'setAttribute',
    () => {
      const own = name();
      return `<div id="${own}">${links()}</div><script>document.getElementById("${own}").setAttribute("style","display:none")</script>`;
    },
  ],
  [
    'class set by a script',
    () => {
      const own = name();
      return `<style>.${own}x{display:none}</style><div id="${own}">${links()}</div><script>document.getElementById("${own}").className="${own}x"</script>`;
    },
  ],
  [
    'query selector',
    () => {
      const own = name();
      return `<div class="${own}">${links()}</div><script>document.querySelector(".${own}").style.display="none"</script>`;
    },
  ],
  [
    'style by brackets',
    () => {
      const own = name();
      return `<div id="${own}">${links()}</div><script>document.getElementById('${own}')['style']['display']='none'</script>`;
    },
  ],
  [
    'removed by a script',
    () => {
      const own = name();
      return `<div id="${own}">${links()}</div><script>var d=document.getElementById('${own}');d.parentNode.removeChild(d)</script>`;
    },
  ],
  ['\\x escapes', () => `<script>document.write("${hex(box())}")</script>`],
  [
    'window["document"]["write"] in \\x',
    () => `<script>window["${hex('document')}"]["${hex('write')}"]('${hex(box())}')</script>`,
  ],
  ['unescape', () => `<script>document.write(unescape('${percent(box())}'))</script>`],
  [
    'eval of character codes',
    () => `<script>eval(String.fromCharCode(${codes(`document.write('${box()}')`)}))</script>`,
  ],
  [
    'array of codes',
    () =>
      `<script>var a=[${codes(box())}],s='';for(var i=0;i<a.length;i++)s+=String.fromCharCode(a[i]);document.write(s)</script>`,
  ],
  ['atob', () => `<script>document.write(window.atob("${Buffer.from(box()).toString('base64')}"))</script>`],
  [
    'reversed',
    () =>
      `<script>document.write("${[...box().replaceAll('"', "'")].reverse().join('')}".split("").reverse().join(""))</script>`,
  ],
  ['template string', () => `<script>document.body.innerHTML+=\`${box()}\`</script>`],
  [
    'referrer cloaking',
    () =>
      `<script>var r=document.referrer;if(/baidu|sogou|so\\.com/i.test(r)){location.href="http://${host()}/"}</script>`,
  ],
  [
    'referrer cloaking by indexOf',
    () =>
      `<script>if(document.referrer.indexOf("baidu")>0||document.referrer.indexOf("sogou")>0){window.location="http://${host()}/"}</script>`,
  ],
  [
    'referrer cloaking in \\x',
    () =>
      `<script>var s=document["${hex('referrer')}"];if(s.indexOf("${hex('baidu')}")>-1)self["${hex('location')}"]="${hex(`http://${host()}/`)}"</script>`,
  ],
  [
    'spider cloaking',
    () =>
      `<script>if(/baiduspider|googlebot/i.test(navigator.userAgent)){document.write('${box()}')}</script>`,
  ],
  [
    'top.location by variable',
    () =>
      `<script>var u="http://${host()}/";if(/baidu|google|sogou/.test(document.referrer)){top.location.href=u}</script>`,
  ],
  ['meta refresh with a break', () => `<meta http-equiv="Refresh" content="3; URL='http://${host()}/'">`],
  [
    'meta refresh in noscript',
    () => `<noscript><meta http-equiv="refresh" content="0;url=http://${host()}/"></noscript>`,
  ],
  [
    'keywords in entities',
    () =>
      `<meta name="keywords" content="${[...'彩票下注平台'].map((one) => `&#x${one.codePointAt(0)!.toString(16)};`).join('')}"><p>学校简介</p>`,
  ],
  [
    'description in decimal entities',
    () =>
      `<meta name="description" content="${[...'真人娱乐游戏平台开户'].map((one) => `&#${one.codePointAt(0)};`).join('')}">`,
  ],
  [
    'canonical to another site',
    () =>
      `<link rel="canonical" href="http://${pick(['bet', 'casino', 'slots'])}${below(100)}-live.example/">`,
  ],
  [
    'alternate languages elsewhere',
    () => `<link rel="alternate" hreflang="zh" href="http://bet365-${below(100)}.example/">`,
  ],
  [
    'JSON-LD',
    () =>
      `<script type="application/ld+json">{"@type":"WebSite","name":"开云体育","url":"http://kaiyunsport${below(100)}.example/"}</script>`,
  ],
  [
    'og tags',
    () =>
      `<meta property="og:title" content="澳门新葡京官网"><meta property="og:url" content="http://xpj${below(100)}.example/">`,
  ],
  ['height of two pixels', () => styled(`height:${pick(['1px', '2px'])};overflow:hidden`)],
  ['width of one pixel', () => styled('width:1px;overflow:hidden')],
  ['max-height', () => styled('max-height:0;overflow:hidden')],
  ['overflow of one axis', () => styled('height:0;overflow-y:hidden')],
  ['inset', () => styled('position:absolute;inset:-9999px auto auto -9999px')],
  ['padding out of the box', () => styled('width:100px;height:20px;overflow:hidden;padding-top:9999px')],
  ['letter spacing', () => styled('letter-spacing:-99px')],
  ['writing far to the right', () => styled('position:absolute;left:9999px')],
  ['text-indent by class', () => byClass('text-indent:-9999px')],
  ['content visibility', () => styled('content-visibility:hidden')],
  ['inert and aria', () => `<div aria-hidden="true" style="position:absolute;left:-9999px">${links()}</div>`],
  [
    'picture of one pixel',
    () => `<a href="http://${host()}/"><img src="/t.gif" width="1" height="1" alt=""></a>`,
  ],
  ['link of no size', () => link(' style="font-size:0px;text-decoration:none"')],
  [
    'rgba of nothing',
    () => `<p style="color:rgba(255,255,255,0)">${link(' style="color:rgba(0,0,0,0)"')}</p>`,
  ],
];

/** Known ways that reading the source alone does not tell: they are the browser's part. Measured without a bar. */
export const beyondSource: readonly Family[] = [
  [
    ':nth-child',
    () => {
      const own = name();
      return `<style>.${own} p:nth-child(2){display:none}</style><div class="${own}"><p>通知</p><p>${links()}</p></div>`;
    },
  ],
  [
    ':last-child',
    () => {
      const own = name();
      return `<style>.${own} > div:last-child{position:absolute;left:-9999px}</style><div class="${own}"><div>通知</div><div>${links()}</div></div>`;
    },
  ],
  [
    'neighbour selector',
    () => {
      const own = name();
      return `<style>.${own} + div{display:none}</style><p class="${own}">通知</p><div>${links()}</div>`;
    },
  ],
  [
    'map without a picture',
    () => `<map name="${name()}"><area href="http://${host()}/" shape="rect" coords="0,0,1,1"></map>`,
  ],
  [
    'base elsewhere',
    () =>
      `<base href="http://${host()}/"><div style="display:none"><a href="/x/${below(99)}.html">x</a></div>`,
  ],
];

function byClassIn(wrap: (rule: string) => string): string {
  const own = name();
  return `<style>${wrap(`.${own}{display:none}`)}</style><div class="${own}">${links()}</div>`;
}

function byClassAs(rule: (own: string) => string): string {
  const own = name();
  return `<style>${rule(own)}</style><div class="${own}">${links()}</div>`;
}
