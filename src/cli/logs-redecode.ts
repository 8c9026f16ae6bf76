/** `jiaodun logs redecode`: sealed logs are read again with the present decoder. */
import { parseArgs } from 'node:util';
import { pause } from '#base/timers';
import { getDecoding, listSources, type Redecode, startRedecode } from '#logs/contract';
import type { ClientIo } from './commands.ts';
import { InputError, UsageError } from './logs-usage.ts';

const options = {
  source: { type: 'string' },
  unread: { type: 'boolean' },
  wait: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** Exit code 0: begun, or with `--wait` done; 1: the run could not be finished. */
export async function redecodeLogs(argv: string[], io: ClientIo): Promise<number> {
  const { values } = parseArgs({ args: argv, options });
  if (!values.source) throw new UsageError('--source NAME 缺失 is missing');
  const id = await idOf(values.source, io);
  const begun = await io.client.call(startRedecode, {
    params: { id },
    body: { onlyUnread: values.unread ?? false },
  });
  const run = values.wait ? await ended(id, begun, io) : begun;
  if (values.json) io.stdout(`${JSON.stringify(run)}\n`);
  else io.stdout(say(run));
  return run.state === 'failed' ? 1 : 0;
}

async function idOf(name: string, io: ClientIo): Promise<number> {
  for (let page = 1; ; page += 1) {
    const { items } = await io.client.call(listSources, { query: { q: name, pageSize: 500, page } });
    const found = items.find((source) => source.name === name);
    if (found) return found.id;
    if (items.length < 500) throw new InputError(`没有这个日志源 no such source: ${name}`);
  }
}

/** Looks every two seconds; a run that another decoder took over is followed into the next. */
async function ended(id: number, begun: Redecode, io: ClientIo): Promise<Redecode> {
  for (let run: Redecode = begun; ; await pause(2000)) {
    const now = await io.client.call(getDecoding, { params: { id } });
    run = now.run ?? run;
    if (run.state === 'done' || run.state === 'failed') return run;
  }
}

function say(run: Redecode): string {
  const { segmentsDone, segments, recordsDone, unparsableBefore, unparsableAfter } = run;
  const problem = run.problem ? `${run.problem}\n` : '';
  if (run.state === 'running') {
    return `已开始：${run.decoder}，${segments} 段 begun with ${run.decoder}, ${segments} segments\n`;
  }
  return `已完成 done: ${run.decoder}, ${segmentsDone}/${segments} 段 segments, ${recordsDone} 行 lines, \
未能解析 unread ${unparsableBefore} → ${unparsableAfter}\n${problem}`;
}
