/** The names of all rules of the scan, so that each can have words wherever it is shown. */

/** Ways in which an element, a link or a redirect is hidden: `hidden-link.<sign>`. */
export const hiddenSigns = [
  'display-none',
  'visibility-hidden',
  'hidden-attribute',
  'off-screen',
  'font-size-0',
  'tiny-box',
  'marquee-1px',
  'same-colour',
  'white-text',
  'transparent',
  'clipped',
  'behind',
  'noscript',
  'conditional-comment',
  'textarea',
  'template',
  'meta-refresh',
  'script-redirect',
  'script-source',
  'link-element',
] as const;

/** `personal.<kind>` */
export const personalKinds = [
  'id-card',
  'id-card-15',
  'id-card-truncated',
  'id-card-weak-mask',
  'mobile',
  'bank-card',
  'landline',
  'passport',
  'email',
  'address',
  'student-number',
  'score-list',
] as const;

/** Why a part was not looked at: `unread.<reason>`. */
export const unreadReasons = [
  'no-text',
  'no-ocr',
  'too-many-pictures',
  'picture-too-large',
  'garbled',
  'encrypted',
  'damaged',
  'unsupported',
  'bomb',
  'too-deep',
] as const;

/** Categories of the list that the product starts with: `term.<category>`; a bureau's own are `term.<its name>`. */
export const starterCategories = [
  'gambling',
  'pornography',
  'drugs',
  'fraud',
  'exam_cheating',
  'weapons',
  'circumvention',
  'cult',
  'extremism',
  'harm',
  'illicit_trade',
] as const;

/** Every rule that the scan can name, but for categories that a bureau makes up. */
export const scanRules: readonly string[] = [
  ...starterCategories.flatMap((category) => [`term.${category}`, `offer.${category}`]),
  'term.custom',
  'offer.commerce',
  'offer.soliciting',
  ...hiddenSigns.map((sign) => `hidden-link.${sign}`),
  ...personalKinds.map((kind) => `personal.${kind}`),
  'personal.photo-place',
  'personal.pupil-photo',
  'secrecy.mark',
  'stuffing.title',
  ...['title', 'keywords', 'description'].map((field) => `stuffing.encoded-${field}`),
  ...unreadReasons.map((reason) => `unread.${reason}`),
  'unread.more',
  'unread.too-many',
];
