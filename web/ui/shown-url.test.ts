import { expect, it } from 'vitest';
import { shownUrl } from './shown-url.ts';

it('shows the names of files as they are read', () => {
  expect(shownUrl('http://www.school.example/a%20b/%E5%90%8D%E5%8D%95.xlsx?n=%2F')).toBe(
    'http://www.school.example/a%20b/名单.xlsx?n=%2F',
  );
});

it('leaves encoded what is no UTF-8 and what would turn the line around or hide in it', () => {
  for (const url of [
    'http://www.school.example/%C3%FB%B5%A5.doc',
    'http://www.school.example/%E2%80%AEgpj.exe',
    'http://www.school.example/%E2%80%8B',
  ])
    expect(shownUrl(url)).toBe(url);
});
