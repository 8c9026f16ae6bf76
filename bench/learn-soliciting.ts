/**
 * Learns the weights of `src/modules/scan/soliciting-score.ts` from the pages of `bench/detect/learn-*.txt` and the
 * guides, and writes them to `src/modules/scan/data/soliciting-model.ts`. The held-out collections are never learned
 * from. Run: `node bench/learn-soliciting.ts`; the same input gives the same file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { featuresOf, SCALE } from '../src/modules/scan/soliciting-score.ts';

interface Example {
  readonly features: readonly string[];
  readonly isOffer: boolean;
  readonly weight: number;
  /** A feature counts as known when two pages have it. */
  readonly page: string;
}

/** A part of a page beside the page itself weighs half. */
const PART = 0.5;
const SHORTEST = 12;
const PENALTY = 0.05;
const STEPS = 400;
const LEAST = 0.15;

const here = (name: string) => new URL(name, import.meta.url);
const sentences = (text: string) => text.split(/(?<=[。！？!?；;])/).filter((one) => one.length >= SHORTEST);

function examples(): Example[] {
  const all: Example[] = [];
  const add = (text: string, isOffer: boolean, weight: number, page: string) =>
    all.push({ features: [...featuresOf(text)], isOffer, weight, page });
  for (const { id, title, lines } of pages('harmless')) {
    for (const line of lines) {
      add(line, false, 1, id);
      const parts = sentences(line);
      if (parts.length > 1) for (const part of parts) add(part, false, PART, id);
    }
    add(title, false, PART, id);
  }
  for (const { id, form, title, lines } of pages('offending')) {
    const text = lines.join('');
    if (form.includes('title')) add(title, true, 1, id);
    else if (form !== 'hidden') add(text, true, 1, id);
    else {
      // A notice with one sentence of an offer in its middle.
      const [before, offer, behind] = sentences(text);
      add(offer ?? text, true, 1, id);
      for (const part of [before, behind]) if (part) add(part, false, PART, `${id} notice`);
    }
  }
  for (const guide of ['school', 'county', 'city', 'operator']) {
    const text = readFileSync(here(`../docs/guide/${guide}.md`), 'utf8');
    text
      .split('\n')
      .filter((line) => (line.match(/[\u4e00-\u9fff]/g) ?? []).length > 20)
      .forEach((line, at) => {
        add(line, false, PART, `${guide} ${at}`);
      });
  }
  return all;
}

const collections = {
  harmless: ['learn-harmless', 'learn-harmless-2', 'learn-harmless-3', 'learn-harmless-4'],
  offending: ['learn-offending', 'learn-offending-2'],
};

function pages(kind: 'harmless' | 'offending') {
  return collections[kind]
    .map((name) => readFileSync(here(`detect/${name}.txt`), 'utf8'))
    .join('\n')
    .split(/^=== /m)
    .slice(1)
    .map((block) => {
      const [head, ...lines] = block.trim().split('\n');
      const [id, , form, title] = head!.split(' | ');
      return {
        id: id!,
        form: form!,
        title: title!,
        lines: lines.map((line) => line.replace(/<[^>]+>/g, ' ')),
      };
    });
}

/** Features that at least two pages have. */
function vocabulary(all: readonly Example[]): string[] {
  const seenIn = new Map<string, Set<string>>();
  for (const { features, page } of all) {
    for (const feature of features) {
      const places = seenIn.get(feature) ?? new Set<string>();
      seenIn.set(feature, places.add(page));
    }
  }
  return [...seenIn].filter(([, places]) => places.size >= 2).map(([feature]) => feature);
}

/** Logistic regression with a quadratic penalty, by Adam over all examples at once. */
function learn(all: readonly Example[], names: readonly string[]) {
  const place = new Map(names.map((name, at) => [name, at]));
  const rows = all.map(({ features }) => features.flatMap((one) => place.get(one) ?? []));
  const norms = all.map(({ features }) => 1 / Math.sqrt(Math.max(8, features.length)));
  const size = names.length;
  // The last is the bias, which is not penalised.
  const [weights, mean, square] = [
    new Float64Array(size + 1),
    new Float64Array(size + 1),
    new Float64Array(size + 1),
  ];
  for (let step = 1; step <= STEPS; step++) {
    const slope = weights.map((weight, at) => (at < size ? PENALTY * weight : 0));
    all.forEach(({ isOffer, weight }, at) => {
      const sum = rows[at]!.reduce((total, one) => total + weights[one]!, 0) * norms[at]! + weights[size]!;
      const error = weight * (1 / (1 + Math.exp(-sum)) - (isOffer ? 1 : 0));
      for (const one of rows[at]!) slope[one]! += error * norms[at]!;
      slope[size]! += error;
    });
    for (let at = 0; at <= size; at++) {
      mean[at] = 0.9 * mean[at]! + 0.1 * slope[at]!;
      square[at] = 0.99 * square[at]! + 0.01 * slope[at]! ** 2;
      const move = mean[at]! / (1 - 0.9 ** step);
      weights[at]! -= (0.1 * move) / (Math.sqrt(square[at]! / (1 - 0.99 ** step)) + 1e-8);
    }
  }
  return weights;
}

const all = examples();
const names = vocabulary(all);
const weights = learn(all, names);
const byWeight = new Map<number, string[]>();
names.forEach((name, at) => {
  if (Math.abs(weights[at]!) < LEAST) return;
  const weight = Math.round(weights[at]! * SCALE);
  byWeight.set(weight, [...(byWeight.get(weight) ?? []), name]);
});
const lines = [...byWeight]
  .sort(([a], [b]) => a - b)
  .map(([weight, features]) => `${weight} ${features.sort().join(' ')}`);
writeFileSync(
  here('../src/modules/scan/data/soliciting-model.ts'),
  `/** Weights of the model of \`soliciting-score.ts\`; written by \`bench/learn-soliciting.ts\`, not by hand. */
export const MODEL = {
  bias: ${Math.round(weights[names.length]! * SCALE)},
  features: \`
${lines.join('\n')}
\`,
} as const;
`,
);
console.log(
  `${all.length} examples, ${all.filter(({ isOffer }) => isOffer).length} of them offers; ${lines.length} weights`,
);
