/** Exported logs and catalogues are read line by line: from a file, or while the server still sends them. */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { fail, registerErrors } from '#base/errors';

export const jsonLineErrors = {
  'cli.not_json': {
    status: 422,
    zh: '{name}：第 {line} 行不是 JSON 对象',
    en: '{name}: line {line} is no JSON object',
  },
} as const;
registerErrors(jsonLineErrors);

/**
 * The objects of NDJSON, one a line. `name` is told with an error: `cli.not_json` with the line, and whatever `content`
 * itself fails with. Ends `content` when its caller stops early: a reply left open would fail later, heard by nobody.
 */
export async function* jsonLines<T>(content: Readable, name: string): AsyncGenerator<T> {
  let number = 0;
  for await (const line of linesOf(content, name)) {
    number += 1;
    yield parse<T>(line, name, number);
  }
}

function parse<T>(line: string, name: string, number: number): T {
  const value = parsedJson(line);
  if (typeof value === 'object' && value !== null) return value as T;
  return fail('cli.not_json', { name, line: String(number) });
}

/** The value of a JSON text; undefined when it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function* linesOf(content: Readable, name: string): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of content) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  } catch (error) {
    // A directory fails at its first read, and Node then names no path (EISDIR).
    throw Object.assign(error as NodeJS.ErrnoException, {
      path: (error as NodeJS.ErrnoException).path ?? name,
    });
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}
