/** How much a passage reads like an advertisement: a linear model over characters and their pairs. */
import { MODEL } from './data/soliciting-model.ts';
import { foldText } from './fold.ts';

/** So many units of weight are one logit. */
export const SCALE = 10;
/** Shorter passages count as if they had so many features: two words prove nothing. */
const FEWEST = 8;
const TOKEN = /[\u4e00-\u9fff]|[\u3040-\u30ff]+|[a-z\u00c0-\u1ef9]+|[0-9]+/g;
/** Longer words and runs of digits are all one. */
const LONG_WORD = 20;
const LONG_NUMBER = 5;

/** What the model reads: characters, words in letters, runs of digits by their length; nothing else. */
function signsOf(text: string): string[] {
  const folded = foldText(text.normalize('NFKC')).filter((unit) => unit < 0xfdd0);
  const tokens = String.fromCharCode(...folded)
    .toLowerCase()
    .match(TOKEN);
  return (tokens ?? []).map((token) => {
    if (token >= '\u3040') return token;
    if (token <= '9\uffff') return token.length < LONG_NUMBER ? '0' : '00000';
    return token.length < LONG_WORD ? `<${token}>` : '<long>';
  });
}

/** The features of a text, each once: its signs, and pairs of them (`加_微`) whatever stands between. */
export function featuresOf(text: string): ReadonlySet<string> {
  const signs = signsOf(text);
  return new Set([...signs, ...signs.slice(1).map((sign, at) => `${signs[at]}_${sign}`)]);
}

/** Weights by number: a sign's own, or that of a pair, `first * PAIR + second`. */
interface Model {
  readonly weights: ReadonlyMap<number, number>;
  readonly longSigns: ReadonlyMap<string, number>;
}

const PAIR = 0x40000;
const FIRST_LONG = 0x10000;
let model: Model | undefined;

/** `weight feature feature …` a line: features that weigh the same stand together. */
function readModel(): Model {
  const weights = new Map<number, number>();
  const longSigns = new Map<string, number>();
  for (const line of MODEL.features.trim().split('\n')) {
    const [weight, ...features] = line.split(' ');
    for (const feature of features) {
      const [first, second] = feature.split('_').map((sign) => numberOf(sign, longSigns));
      weights.set(second === undefined ? first! : first! * PAIR + second, Number(weight));
    }
  }
  return { weights, longSigns };
}

/** A sign of one unit is its own number; longer ones are numbered as they come. */
function numberOf(sign: string, longSigns: Map<string, number>): number {
  if (sign.length === 1) return sign.charCodeAt(0);
  let number = longSigns.get(sign);
  if (number === undefined) {
    number = FIRST_LONG + longSigns.size;
    longSigns.set(sign, number);
  }
  return number;
}

/** Log odds that a passage (a sentence or a paragraph) is an advertisement of what no school sells; above 0 rather yes. */
export function solicitingScore(text: string): number {
  model ??= readModel();
  const longSigns = new Map(model.longSigns);
  const seen = new Set<number>();
  let last = -1;
  let sum = 0;
  const see = (feature: number) => {
    if (seen.has(feature)) return;
    seen.add(feature);
    sum += model!.weights.get(feature) ?? 0;
  };
  for (const sign of signsOf(text)) {
    const number = numberOf(sign, longSigns);
    see(number);
    if (last >= 0) see(last * PAIR + number);
    last = number;
  }
  return (sum / Math.sqrt(Math.max(FEWEST, seen.size)) + MODEL.bias) / SCALE;
}
