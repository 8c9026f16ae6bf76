/** Whose a host is. Pure. */

/** The name under which a site is registered: two labels, three below `com.cn`, `edu.cn` and the like. */
export function siteOf(host: string): string {
  if (/^[\d.]+$|:/.test(host)) return host;
  const labels = host.toLowerCase().split('.');
  const second = labels.at(-2) ?? '';
  const isShared =
    labels.at(-1) === 'cn'
      ? SHARED.test(second)
      : labels.at(-1)?.length === 2 && /^(?:com?|net|org|gov|edu|ac)$/.test(second);
  return labels.slice(isShared ? -3 : -2).join('.');
}

/** Second levels of .cn under which others register: kinds and provinces (CNNIC). */
const SHARED =
  /^(?:com|net|org|gov|edu|ac|mil|bj|sh|tj|cq|he|sx|nm|ln|jl|hl|js|zj|ah|fj|jx|sd|ha|hb|hn|gd|gx|hi|sc|gz|yn|xz|sn|gs|qh|nx|xj|tw|hk|mo)$/;
