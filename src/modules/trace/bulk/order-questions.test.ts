import { expect, test } from 'vitest';
import { batchOf, placesOf } from './order-questions.ts';

const day = 86_400_000;

test('neighbours in address and port stand together, weeks apart', () => {
  const questions = [
    { ip: '203.0.113.9', port: 7, at: 0 },
    { ip: '203.0.113.1', port: 9, at: 30 * day },
    { ip: '203.0.113.1', port: 9, at: 2 * day },
    { ip: '203.0.113.1', port: null, at: day },
  ];
  expect(placesOf(questions)).toEqual([2, 3, 1, 0]);
  expect(placesOf([])).toEqual([]);
});

test('a batch holds fewer questions without a port, and at least one', () => {
  const row = (port: number | null) => ({ question: { port } });
  const many = Array.from({ length: 1200 }, () => row(1));
  expect(batchOf(many, 1000)).toHaveLength(1000);
  expect(batchOf([row(null), row(null), row(1)], 200)).toHaveLength(2);
  expect(batchOf([row(null), row(1)], 50)).toHaveLength(1);
  expect(batchOf([row(1), row(null)], 1000)).toHaveLength(2);
  expect(batchOf([], 1000)).toEqual([]);
});
