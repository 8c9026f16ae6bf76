/** What every look at a site gives back. */

/** Something that a rule of the probes names. Its level is the rules' to say. */
export interface Remark {
  readonly rule: string;
  /** Stable from one look to the next: it is what makes two sightings the same finding. */
  readonly text: string;
  /** What was seen, and what to do. */
  readonly evidence: string;
  readonly remedy: string;
}

/** `unread`: why the look could not be made; its remarks then say nothing and close nothing. */
export interface Look<Facts> {
  readonly facts: Facts | undefined;
  readonly remarks: readonly Remark[];
  readonly unread: string | null;
}

export function unread<Facts>(reason: string): Look<Facts> {
  return { facts: undefined, remarks: [], unread: reason };
}
