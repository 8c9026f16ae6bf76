/** How the product's answers compare with the truth. */
import type { Answer, Asked } from './draw-questions.ts';

/** What the product answered; of several candidates none counts as named. */
export interface Given {
  readonly verdict: 'proven' | 'probable' | 'ambiguous' | 'not_provable';
  readonly candidates: readonly {
    readonly assetNo: string | null;
    readonly mac: string | null;
    readonly insideIp: string;
    readonly room: string | null;
  }[];
  readonly because: readonly string[];
}

export interface Miss {
  readonly asked: Asked;
  readonly given: Given;
}

export interface Score {
  readonly questions: number;
  readonly verdicts: Readonly<Record<Given['verdict'], number>>;
  readonly wrongProven: readonly Miss[];
  readonly wrongProbable: readonly Miss[];
  readonly provable: number;
  /** Of the provable: named rightly at all, and rightly at `proven`. */
  readonly named: number;
  readonly proven: number;
  readonly missed: readonly Miss[];
}

/** A name is wrong when it is not that of the device, or the room of another time, that really sent it. */
export function isWrong(answer: Answer, { verdict, candidates }: Given): boolean {
  if (verdict !== 'proven' && verdict !== 'probable') return false;
  const [only] = candidates;
  if (!only || candidates.length > 1) return true;
  return only.assetNo !== answer.assetNo || only.room !== answer.room;
}

export function scoreAnswers(pairs: readonly Miss[]): Score {
  const verdicts = { proven: 0, probable: 0, ambiguous: 0, not_provable: 0 };
  for (const { given } of pairs) verdicts[given.verdict] += 1;
  const wrong = pairs.filter(({ asked, given }) => isWrong(asked.answer, given));
  const provable = pairs.filter(({ asked }) => asked.answer.unprovable === null);
  const right = provable.filter(
    ({ asked, given }) =>
      (given.verdict === 'proven' || given.verdict === 'probable') && !isWrong(asked.answer, given),
  );
  return {
    questions: pairs.length,
    verdicts,
    wrongProven: wrong.filter(({ given }) => given.verdict === 'proven'),
    wrongProbable: wrong.filter(({ given }) => given.verdict === 'probable'),
    provable: provable.length,
    named: right.length,
    proven: right.filter(({ given }) => given.verdict === 'proven').length,
    missed: provable.filter(({ given }) => given.verdict !== 'proven'),
  };
}

/** The score in a few lines, with one example of each kind of fault. */
export function tellScore(title: string, score: Score): string {
  const { verdicts, wrongProven, wrongProbable, provable, named, proven, missed } = score;
  const share = (part: number, of: number) => (of === 0 ? '—' : `${((100 * part) / of).toFixed(2)} %`);
  const lines = [
    `${title}: ${score.questions} questions ${JSON.stringify(verdicts)}`,
    `  wrong: proven ${wrongProven.length}, probable ${wrongProbable.length} (${share(wrongProbable.length, verdicts.probable)})`,
    `  of ${provable} provable: named ${share(named, provable)}, proven ${share(proven, provable)}`,
  ];
  const kindOf = ({ asked }: Miss) =>
    `${asked.answer.moment}, ${asked.answer.network}, ${asked.answer.unprovable ?? 'provable'}`;
  lines.push(
    ...mixOf('wrong at proven', wrongProven, kindOf),
    ...mixOf('wrong at probable', wrongProbable, kindOf),
  );
  const whyMissed = (miss: Miss) =>
    `${miss.asked.answer.network}: ${miss.given.verdict}, ${miss.given.because.join(' | ')}`;
  return [...lines, ...mixOf('provable and not proven', missed, whyMissed)].join('\n');
}

function mixOf(title: string, misses: readonly Miss[], kindOf: (miss: Miss) => string): string[] {
  const groups = [...Map.groupBy(misses, kindOf)].sort((a, b) => b[1].length - a[1].length).slice(0, 8);
  return groups.flatMap(([kind, list]) => {
    const { asked, given } = list[0]!;
    const { at, ...question } = asked.question;
    const example = { ...question, at: new Date(at).toISOString(), truth: asked.answer, given };
    return [`  ${title}, ${list.length}: ${kind}`, `    ${JSON.stringify(example).slice(0, 900)}`];
  });
}
