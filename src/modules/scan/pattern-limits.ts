/** Longest pattern, in UTF-16 units: bounds the work at one place of the text. */
export const MAX_PATTERN = 32;
/** Most skippable characters between two characters of a pattern in the skip view. */
export const MAX_GAP = 3;
/** Most units of any kind between two characters of a pattern, so that invisible runs cost nothing. */
export const MAX_GAP_UNITS = 32;
