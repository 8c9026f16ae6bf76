/** Words in host names that gambling and pornographic sites carry. */
const WORDS =
  /casino|bet365|365bet|baijiale|bocai|duchang|dubo|xpj|pujing|yongli(?:yule|guoji)|taiyangcheng|weinisiren|liuhecai|6hecai|lhc\d|pk10|shishicai|yabo\d*|leyu(?:sport|tiyu|\d)|kaiyun(?:sport|tiyu|\d)|huatihui|bwin|188bet|fun88|m88bet|sbobet|laohuji|qipai\d|amdc|sexvideo|porn|xvideo|91av|avtube|yellowav|hentai/;
const EDGES = /(?:^|[.\-\d])(?:bet|sex|av|slots?|poker|lottery|xxx)(?:[.\-\d]|$)/;

/** Whether a host name itself promises gambling or pornography. */
export function isGamblingHost(host: string): boolean {
  const name = host.toLowerCase();
  return WORDS.test(name) || EDGES.test(name);
}
