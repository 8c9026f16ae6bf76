/** What a benchmark answers: `bench/<topic>.bench.ts` exports `run(): Promise<Figure[]>`. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the design asks for, in `unit`; `null`: the figure is for information. */
  readonly bar: number | null;
  /** Whether the bar was reached. `null`: there is no bar, or it could not be judged; `note` says why. */
  readonly holds: boolean | null;
  /** The program that the figure is compared with. */
  readonly peer: string | null;
  readonly command: string;
  readonly note?: string;
}

/** Two decimals: more would pretend a precision that a shared machine does not have. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
