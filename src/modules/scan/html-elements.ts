/** How HTML elements nest, as far as reading text and hidden containers needs it (HTML standard, 13.1.2). */

const set = (names: string) => new Set(names.split(' '));

export const voidElements = set(
  'area base br col embed hr img input link meta param source track wbr basefont bgsound frame keygen',
);

/** Elements that begin and end a block: no phrase runs across their border. */
export const blockElements = set(
  'address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol option p pre section select summary table tbody td tfoot th thead title tr ul marquee textarea button caption legend',
);

/** Elements that an opening tag closes when one of them is the innermost: tag → those. */
export const closedBy: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...'address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre section table ul'
    .split(' ')
    .map((tag) => [tag, set('p')] as const),
  ['li', set('li p')],
  ['dt', set('dt dd p')],
  ['dd', set('dt dd p')],
  ['tr', set('tr td th p')],
  ['td', set('td th p')],
  ['th', set('td th p')],
  ['tbody', set('tr td th tbody thead p')],
  ['tfoot', set('tr td th tbody thead p')],
  ['option', set('option')],
  ['optgroup', set('option optgroup')],
  ['body', set('head title style script')],
]);

/** Elements that an implied close does not cross. */
export const endsWithScope = set('td th table caption button object marquee html');
