import { expect, it } from 'vitest';
import { tableColumn } from './list-table.tsx';

it('keeps what may be done with a row in sight, however wide the other columns are', () => {
  const column = (key: string) => tableColumn({ key, title: key, render: () => null }, '');
  expect([column('host').fixed, column('actions').fixed]).toEqual([undefined, 'end']);
});
