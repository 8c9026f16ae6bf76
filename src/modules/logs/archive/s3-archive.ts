import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Config } from '#base/config';
import type { Archive } from './archives.ts';

type Sdk = typeof import('@aws-sdk/client-s3');
interface Connected {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

type S3Config = Pick<
  Config,
  'archiveS3Endpoint' | 'archiveS3Region' | 'archiveS3KeyId' | 'archiveS3Secret' | 'archiveS3'
>;

/** One client for each set of settings: it keeps connections open. */
const clients = new Map<string, Promise<Connected>>();

/** The SDK is large and few installations use it: loaded at the first call. */
function connect(config: S3Config): Promise<Connected> {
  const { archiveS3Endpoint: endpoint, archiveS3Region: region } = config;
  const { archiveS3KeyId: accessKeyId, archiveS3Secret: secretAccessKey } = config;
  const key = createHash('sha256')
    .update(JSON.stringify([endpoint, region, accessKeyId, secretAccessKey]))
    .digest('hex');
  let known = clients.get(key);
  if (!known) {
    known = import('@aws-sdk/client-s3').then((sdk) => ({
      sdk,
      client: new sdk.S3Client({
        region,
        ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
        // Without keys of ours the SDK looks for those of the machine.
        ...(accessKeyId !== undefined &&
          secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
        maxAttempts: 3,
        // Not every S3 server knows the newer checksum headers; what was stored is read back and hashed anyway.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        requestHandler: { connectionTimeout: 5_000, requestTimeout: 120_000 },
      }),
    }));
    clients.set(key, known);
  }
  return known;
}

/** A bucket, named `s3://bucket/prefix`. */
export function s3Archive(config: S3Config, url: string): Archive {
  const { hostname: bucket, pathname } = new URL(url);
  const prefix = pathname.replace(/^\/|\/$/g, '');
  const keyOf = (file: string) => (prefix === '' ? file : `${prefix}/${file}`);
  const read = async (file: string): Promise<Readable> => {
    const { sdk, client } = await connect(config);
    try {
      const found = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: keyOf(file) }));
      return found.Body as Readable;
    } catch (error) {
      // Told as a missing file is told, so that readers name the segment as missing and not the store as away.
      if ((error as Error).name === 'NoSuchKey') {
        throw Object.assign(new Error(`${url}: no ${keyOf(file)}`, { cause: error }), { code: 'ENOENT' });
      }
      throw error;
    }
  };
  return {
    tier: 's3',
    name: url.replace(/\/$/, ''),
    async put(file, from) {
      const { sdk, client } = await connect(config);
      const { size } = await stat(from);
      const Body = createReadStream(from);
      try {
        await client.send(
          new sdk.PutObjectCommand({ Bucket: bucket, Key: keyOf(file), Body, ContentLength: size }),
        );
      } finally {
        Body.destroy();
      }
    },
    async hashOf(file) {
      const hash = createHash('sha256');
      for await (const piece of await read(file)) hash.update(piece as Buffer);
      return hash.digest('hex');
    },
    async get(file, to) {
      await pipeline(await read(file), createWriteStream(to));
    },
    async remove(file) {
      const { sdk, client } = await connect(config);
      await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: keyOf(file) }));
    },
    async check() {
      const { sdk, client } = await connect(config);
      await client.send(new sdk.HeadBucketCommand({ Bucket: bucket }));
    },
  };
}
