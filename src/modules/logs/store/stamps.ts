/** Writes the times of one column: neighbouring rows mostly share their second. */
export class Stamps {
  #second = -1;
  #text = '';

  /** `2026-11-22 06:00:00.049`: the columns are UTC, so no zone of the server comes in. */
  of(ms: number): string {
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ');
    }
    const fraction = ms - second * 1000;
    return `${this.#text}.${fraction < 10 ? '00' : fraction < 100 ? '0' : ''}${fraction}`;
  }
}
