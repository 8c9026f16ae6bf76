import { expect, test } from 'vitest';
import { dropsIn } from './kernel-drops.ts';

test('reads the drops of a port from the table of the kernel, and says unknown for another', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops',
    ' 1234: 0100007F:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0000000000000000 17',
    ' 1235: 00000000:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0000000000000000 5',
  ].join('\n');
  expect(dropsIn(table, 5514)).toBe(22);
  expect(dropsIn(table, 5515)).toBeNull();
});
