/** How much a passage reads like an advertisement: a linear model over characters and their pairs. */
import { MODEL } from './data/soliciting-model.ts';
import { foldText } from './fold.ts';
import { createNumberTable, type NumberTable } from './number-table.ts';

/** So many units of weight are one logit. */
export const SCALE = 10;
/** Shorter passages count as if they had so many features: two words prove nothing. */
const FEWEST = 8;
/** Longer words and runs of digits are all one. */
const LONG_WORD = 20;
const LONG_NUMBER = 5;
/** What `foldText` gives from here on stands for no character: words go on across it. */
const NO_CHARACTER = 0xfdd0;

/** Shapes of units: what a sign is made of. */
const HAN = 1;
const KANA = 2;
const LETTER = 3;
const DIGIT = 4;

function shapeOf(unit: number): number {
  if (unit >= 0x4e00 && unit <= 0x9fff) return HAN;
  if (unit >= 0x3040 && unit <= 0x30ff) return KANA;
  if (unit >= 0x30 && unit <= 0x39) return DIGIT;
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0xc0 && unit <= 0x1ef9) ? LETTER : 0;
}

/**
 * What the model reads: characters, words in letters, runs of digits by their length; nothing else. `take` gets a sign of
 * one unit as that unit, a longer one as text.
 */
function eachSign(text: string, take: (sign: number | string) => void): void {
  const folded = foldText(text.normalize('NFKC'));
  let shape = 0;
  let run = '';
  const end = () => {
    if (shape === KANA) take(run.length === 1 ? run.charCodeAt(0) : run);
    else if (shape === DIGIT) take(run.length < LONG_NUMBER ? 0x30 : '00000');
    else if (shape === LETTER) take(run.length < LONG_WORD ? `<${run}>` : '<long>');
    shape = 0;
    run = '';
  };
  for (const one of folded) {
    if (one >= NO_CHARACTER) continue;
    // Folding leaves capitals in few scripts, all of them here.
    const unit = one >= 0xc0 && one <= 0x1ef9 ? lowerOf(one) : one;
    const next = shapeOf(unit);
    if (next !== shape && shape !== 0) end();
    if (next === HAN) take(unit);
    else if (next !== 0) {
      shape = next;
      run += String.fromCharCode(unit);
    }
  }
  end();
}

const lowerOf = (unit: number): number => String.fromCharCode(unit).toLowerCase().charCodeAt(0);

/** The features of a text, each once: its signs, and pairs of them (`加_微`) whatever stands between. */
export function featuresOf(text: string): ReadonlySet<string> {
  const signs: string[] = [];
  eachSign(text, (sign) => signs.push(typeof sign === 'number' ? String.fromCharCode(sign) : sign));
  return new Set([...signs, ...signs.slice(1).map((sign, at) => `${signs[at]}_${sign}`)]);
}

/** Weights by number: a sign's own, or that of a pair, `first * PAIR + second`. */
interface Model {
  readonly weights: NumberTable;
  readonly longSigns: ReadonlyMap<string, number>;
}

const PAIR = 0x10000;
/** Longer signs are numbered from here on, where there is neither a character nor a kana. */
const FIRST_LONG = 0xa000;
let model: Model | undefined;

/** `weight feature feature …` a line: features that weigh the same stand together. */
function readModel(): Model {
  const longSigns = new Map<string, number>();
  const lines = MODEL.features.trim().split('\n');
  const weights = createNumberTable(lines.reduce((sum, line) => sum + line.split(' ').length, 0));
  for (const line of lines) {
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

/** The numbers of the signs of a text; a word that the model does not know gets a number of its own for this text. */
function numbersOf(text: string, known: ReadonlyMap<string, number>): number[] {
  const numbers: number[] = [];
  let fresh: Map<string, number> | undefined;
  eachSign(text, (sign) => {
    if (typeof sign === 'number') {
      numbers.push(sign);
      return;
    }
    let number = known.get(sign) ?? fresh?.get(sign);
    if (number === undefined) {
      fresh ??= new Map();
      // No passage has so many words that the numbers run out: those beyond would count as one.
      number = Math.min(0xffff, FIRST_LONG + known.size + fresh.size);
      fresh.set(sign, number);
    }
    numbers.push(number);
  });
  return numbers;
}

/** Log odds that a passage (a sentence or a paragraph) is an advertisement of what no school sells; above 0 rather yes. */
export function solicitingScore(text: string): number {
  model ??= readModel();
  const { weights, longSigns } = model;
  const numbers = numbersOf(text, longSigns);
  const seen = createNumberTable(numbers.length * 2);
  let count = 0;
  let sum = 0;
  const see = (feature: number) => {
    if (!seen.set(feature, 1)) return;
    count++;
    sum += weights.get(feature);
  };
  for (let at = 0; at < numbers.length; at++) {
    see(numbers[at]!);
    if (at > 0) see(numbers[at - 1]! * PAIR + numbers[at]!);
  }
  return (sum / Math.sqrt(Math.max(FEWEST, count)) + MODEL.bias) / SCALE;
}
