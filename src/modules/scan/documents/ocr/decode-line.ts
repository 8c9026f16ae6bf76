/** What the recognition's steps spell (CTC: the same character in neighbouring steps is one, "none" parts two). */

/** Below this mean probability a "line" is a pattern, not text. */
const SURE = 0.5;

/** The text of `steps` × `characters.length` probabilities; empty when the model is not sure of it. */
export function decodeLine(values: Float32Array, steps: number, characters: readonly string[]): string {
  const size = characters.length;
  let text = '';
  let [sum, count, before] = [0, 0, 0];
  for (let step = 0; step < steps; step++) {
    const from = step * size;
    let best = 0;
    let most = values[from]!;
    for (let index = 1; index < size; index++) {
      const value = values[from + index]!;
      if (value > most) [most, best] = [value, index];
    }
    if (best !== 0 && best !== before) {
      text += characters[best] ?? '';
      sum += most;
      count++;
    }
    before = best;
  }
  return count > 0 && sum / count >= SURE ? text : '';
}
