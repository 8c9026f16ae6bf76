import { createReadStream } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { route } from '#base/contract';
import { createClient } from './client.ts';
import { jsonLines } from './json-lines.ts';

async function read(content: Readable): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of jsonLines(content, 'log.ndjson')) values.push(value);
  return values;
}

describe('lines of JSON', () => {
  it('are read wherever the pieces were cut, also inside a character', async () => {
    const bytes = Buffer.from('{"a":"教盾"}\r\n{"b":1}\n{"c":2}');
    const single = Readable.from([...bytes].map((byte) => Buffer.of(byte)));
    expect(await read(single)).toEqual([{ a: '教盾' }, { b: 1 }, { c: 2 }]);
  });

  it('name the line that is no object, and a directory in the place of a file', async () => {
    for (const bad of ['hello', 'null', '1', ''])
      await expect(read(Readable.from([`{}\n${bad}\n{}\n`]))).rejects.toMatchObject({
        code: 'cli.not_json',
        details: { name: 'log.ndjson', line: '2' },
      });
    await expect(read(createReadStream(tmpdir()))).rejects.toMatchObject({
      code: 'EISDIR',
      path: 'log.ndjson',
    });
  });

  it('end their source when the caller stops early', async () => {
    const endless = new Readable({ read: () => endless.push('{}\n') });
    for await (const _ of jsonLines(endless, 'x')) break;
    expect(endless.destroyed).toBe(true);
  });
});

describe('a reply that is read while it comes', () => {
  const exported = route({
    method: 'GET',
    path: '/log',
    summary: 'A log.',
    access: 'public',
    produces: 'file',
  });

  async function answering(server: Server): Promise<Readable> {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return createClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }).stream(
      exported,
    );
  }

  it('tells a connection that broke in the middle as one', async () => {
    const server = createServer((_request, reply) => {
      reply.writeHead(200).write('{}\n', () => setTimeout(() => reply.destroy(), 20));
    });
    await expect(read(await answering(server))).rejects.toMatchObject({ code: 'cli.connection_lost' });
    server.close();
  });

  it('ends the connection when its reader stops, so that nothing fails later', async () => {
    let closed: (() => void) | undefined;
    const ended = new Promise<void>((done) => {
      closed = done;
    });
    const server = createServer((_request, reply) => {
      reply.on('close', () => closed?.());
      reply.writeHead(200).write('{}\n');
    });
    for await (const _ of jsonLines(await answering(server), 'x')) break;
    await ended;
    server.close();
  });
});
