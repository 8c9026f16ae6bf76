export const documents = {
  title: 'Check files',
  hint: 'Before you publish: personal data, marks of secrets and harmful words, also in hidden rows and columns, comments, tracked changes, properties and pictures. A file is only read for the check and not kept; only who checked and when is recorded (by a digest, without name and content).',
  drop: 'Drop files here, or click to choose',
  dropHint:
    'Several at once, 50 MB each at most. Read: Word, Excel, PowerPoint and WPS (old and new formats), OpenDocument, RTF, PDF, OFD, XPS, pictures (TIFF too), mail (eml, msg), web pages (mht too), text, cards and calendars (vcf, ics), zip/rar/7z/tar/gz archives.',
  checking: 'Checking… Scans and pictures are recognised page by page, about ten seconds each.',
  clean: 'Nothing found',
  found_one: '{{count}} place found',
  found_other: '{{count}} places found',
  incomplete: 'Some of it could not be read: that is not the same as clean',
  suppressed: '{{count}} more are harmless by their context (such as prevention teaching) and not listed.',
  shownFirst: 'Only the {{count}} worst are listed.',
  mask: 'Download a masked copy',
  maskHint:
    'In the copy personal numbers keep their first three and last two characters; it has been checked again. Marks of secrets and harmful words are not changed.',
  notMaskable:
    'No masked copy of this kind of file: what is covered in a PDF, an OFD, a picture, an archive or a message can be uncovered. Remove it in the source and export that again; save doc, xls, ppt, rtf, wps and et files as docx, xlsx and pptx first.',
  tooLarge:
    'This file has {{size}}, more than {{limit}}, and was not checked. Split it into smaller files, or compress its pictures.',
  clear: 'Clear results',
  empty: 'No files checked yet',
  emptyHint: 'What is found in each file is listed here; it is gone when you leave this page.',
  whole: 'Whole text',
  file: 'File',
} as const;

export const documentEnums = {
  documentRule: {
    'personal_id-card': 'Identity number: delete it, or keep its first three and last two characters',
    'personal_id-card-weak-mask':
      'Identity number masked too little: six and four digits can be joined with pieces from elsewhere',
    'personal_id-card-truncated':
      'Identity number cut to 15 digits by Excel: it still tells region and birthday',
    personal_mobile: 'Mobile number',
    'personal_bank-card': 'Bank card number',
    'personal_photo-place': 'The photo tells where it was taken: remove the position when you export it',
    'personal_pupil-photo': 'A pupil’s photograph with name and class: only with the parents’ consent',
    secrecy_mark: 'Mark of a state secret: never put it on the web; ask the person in charge of secrets',
    'unread_no-text': 'This page has no text and was not recognised',
    'unread_no-ocr': 'A picture, not recognised',
    'unread_too-many-pictures': 'Too many pictures or scanned pages; split the file and check again',
    'unread_picture-too-large':
      'The picture has more than 50 million pixels; make it smaller and check again',
    unread_garbled: 'The text layer is garbled and was not recognised',
    unread_encrypted: 'Has a password and could not be opened',
    unread_damaged: 'Damaged, could not be opened',
    unread_unsupported: 'This format cannot be read',
    unread_bomb: 'Unpacks to too much; not read',
    'unread_too-deep': 'Archives nested too deep; not read',
  },
} as const;
