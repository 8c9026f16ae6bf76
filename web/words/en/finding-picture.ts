export const findingPicture = {
  title: 'How the page looks',
  frame:
    'The spot is in the red frame. A browser shut off from this system drew it; personal data are painted over.',
  alt: 'The page, with “{{text}}” in a red frame',
  drawnAt: 'Drawn at {{at}}',
  sealed: 'The same picture is sealed in the evidence of the incident',
  hidden: 'Not visible to a visitor',
  hiddenHint:
    'Who opens the page does not see it, but it is in its source, where search engines find it. Look for the marked source below and delete it.',
  goneHint:
    'When the page was drawn it was no longer there. If you mended it, say so: the system looks again and closes the finding.',
  whole: 'This finding is about the page as a whole; the picture shows its head.',
  source: 'Place in the source',
  failed: 'Not drawn',
  none: 'Not drawn yet.',
  waiting: 'Being drawn, as a rule within half a minute…',
  draw: 'Draw the page',
  again: 'Draw it again',
} as const;

export const findingPictureEnums = {
  unseen: {
    'display-none': 'not shown by its style (display: none)',
    'visibility-hidden': 'invisible by its style (visibility: hidden)',
    transparent: 'transparent',
    tiny: 'too small to be seen',
    'off-screen': 'placed outside the screen',
    clipped: 'cut off by what it is in',
    'same-colour': 'text in the colour of its background',
    'in-title': 'in the title: tabs and search results show it',
    'not-drawn': 'in a script, a redirect or an attribute, which is not shown itself',
    'only-source': 'only in the source (a comment, a script, a part that is not run)',
    absent: 'no longer in the page when it was drawn',
    beyond: 'too far down for the picture',
  },
} as const;
