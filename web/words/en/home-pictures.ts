/** Words of the drawings of home pages. */
export const homePictures = {
  title: 'The home page as drawn',
  hint: 'The home page is drawn once a day and when it changed much, and compared with the accepted picture. What only moved up or down is no difference; places that differ every time (slides, dates, news) are learned and then do not count.',
  none: 'Not drawn yet. It is after the next check that reads the home page.',
  waiting: 'Waiting to be drawn, usually a minute or two…',
  failed: 'It could not be drawn last time; nothing was compared',
  draw: 'Draw it now',
  before: 'Accepted',
  after: 'Drawn now',
  difference: 'What differs (red)',
  whole: 'Open the whole picture',
  alt: 'Picture of the home page: {{name}}',
  measures:
    'Painted anew {{repainted}} · in the first screen {{first}} · differs {{touched}} · gone {{gone}} · not counted, differs often {{restless}}',
  dropped: 'Its time is over and the picture is gone; what the comparison said stays.',
} as const;

export const homePictureEnums = {
  homeVerdict: {
    first: 'First drawing',
    ordinary: 'Ordinary',
    unsure: 'Differs; drawn once more',
    differs: 'Not as accepted',
  },
  drawnWhy: {
    learning: 'Learning',
    daily: 'Once a day',
    changed: 'The page changed much',
    finding: 'Another look',
    confirm: 'Drawn once more',
    asked: 'Asked for',
  },
} as const;
