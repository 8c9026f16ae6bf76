import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError, registerThings } from '#base/errors';
import { checkInput } from '#base/http-issues';

const schema = z.object({
  name: z.string().min(1),
  note: z.string().max(3).optional(),
  tags: z.array(z.string()).max(1).optional(),
  port: z.number().min(1).optional(),
  id: z.uuid().optional(),
  kind: z.enum(['a', 'b']).optional(),
  exact: z.strictObject({}).optional(),
  isNew: z.boolean().optional(),
  who: z.union([z.object({ id: z.string() }), z.object({ post: z.string() })]).optional(),
  q: z
    .string()
    .max(3, '检索语句太长：最多 3 个字符 / The query is too long: at most 3 characters')
    .optional(),
});

function told(value: unknown): { zh: string; en: string } {
  const checked = checkInput('body', schema, value);
  if ('data' in checked) throw new Error('nothing was refused');
  return new AppError('base.invalid_input', { ...checked }).messages();
}

describe('a refused value', () => {
  it.each([
    [{}, '输入有误：name：必须填写', 'Invalid input: name: is required'],
    [{ name: '' }, '输入有误：name：不能为空', 'Invalid input: name: must not be empty'],
    [
      { name: 'a', note: 'long' },
      '输入有误：note：太长：最多 3 个字符',
      'Invalid input: note: is too long: at most 3 characters',
    ],
    [
      { name: 'a', tags: ['a', 'b'] },
      '输入有误：tags：最多只能有 1 项',
      'Invalid input: tags: takes at most 1 items',
    ],
    [{ name: 'a', port: 0 }, '输入有误：port：不能小于 1', 'Invalid input: port: must not be less than 1'],
    [
      { name: 'a', id: '7' },
      '输入有误：id：编号不对：应为系统给出的编号（UUID）',
      'Invalid input: id: is not an identifier of this system (UUID)',
    ],
    [{ name: 'a', kind: 'c' }, '输入有误：kind：只能是 a、b', 'Invalid input: kind: must be one of a, b'],
    [
      { name: 'a', exact: { key: 1 } },
      '输入有误：exact：有不认识的项：key',
      'Invalid input: exact: has parts that are not known: key',
    ],
    [{ name: 7 }, '输入有误：name：应为文字', 'Invalid input: name: must be text'],
    [{ name: 'a', port: '1' }, '输入有误：port：应为数字', 'Invalid input: port: must be a number'],
    [{ name: 'a', tags: {} }, '输入有误：tags：应为数组（[…]）', 'Invalid input: tags: must be a list ([…])'],
    [
      { name: 'a', exact: [] },
      '输入有误：exact：应为对象（{…}）',
      'Invalid input: exact: must be an object ({…})',
    ],
    [
      { name: 'a', isNew: 1 },
      '输入有误：isNew：应为是或否（true 或 false）',
      'Invalid input: isNew: must be true or false',
    ],
    [[], '输入有误：body：应为对象（{…}）', 'Invalid input: body: must be an object ({…})'],
    [
      { name: 'a', who: {} },
      '输入有误：who：不合任何一种写法',
      'Invalid input: who: has none of the forms that are known',
    ],
    [
      { name: 'a', q: 'long' },
      '输入有误：检索语句太长：最多 3 个字符',
      'Invalid input: The query is too long: at most 3 characters',
    ],
  ])('is told in plain words, each language by itself: %j', (value, zh, en) => {
    expect(told(value)).toEqual({ zh, en });
  });

  it('is one of several: each is told, and the reply names the field of each', () => {
    const checked = checkInput('body', schema, { name: '', port: 0 });
    expect(checked).toMatchObject({
      issues: [{ path: 'name' }, { path: 'port' }],
      summary: { zh: 'name：不能为空；port：不能小于 1' },
    });
  });
});

it('a thing that is not there is called by its Chinese name in Chinese only', () => {
  registerThings({ 'log source': '日志源' });
  const messages = (what: string) => new AppError('base.not_found', { what }).messages();
  expect(messages('log source 7')).toEqual({ zh: '没有找到：日志源 7', en: 'Not found: log source 7' });
  expect(messages('log source')).toEqual({ zh: '没有找到：日志源', en: 'Not found: log source' });
  expect(messages('01a2')).toEqual({ zh: '没有找到：01a2', en: 'Not found: 01a2' });
});
