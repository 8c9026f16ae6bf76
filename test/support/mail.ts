/** A mail server on loopback that keeps what it receives, decoded. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

interface KeptMail {
  readonly to: string;
  /** Every text part, decoded. */
  readonly text: string;
}

export interface MailBox {
  readonly url: string;
  to(address: string): KeptMail[];
  /** The token of the acknowledgement link in the newest mail to an address. */
  tokenIn(address: string): string;
  close(): Promise<void>;
}

export async function keepMail(): Promise<MailBox> {
  const kept: KeptMail[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const text = textOf(Buffer.concat(pieces).toString());
        for (const { address } of session.envelope.rcptTo) kept.push({ to: address, text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  const { port } = smtp.server.address() as AddressInfo;
  const to = (address: string) => kept.filter((mail) => mail.to === address);
  return {
    url: `smtp://127.0.0.1:${port}`,
    to,
    tokenIn: (address) => {
      const links = to(address).flatMap((mail) =>
        [...mail.text.matchAll(/\/ack\/([\w-]{43})/g)].map(([, token]) => token!),
      );
      if (links.length === 0) throw new Error(`no acknowledgement link in the mails to ${address}`);
      return links.at(-1)!;
    },
    close: () => new Promise((resolve) => smtp.close(() => resolve())),
  };
}

/** Decodes the text parts of a MIME message: enough for what this product writes. */
function textOf(raw: string): string {
  const parts = raw.split(/\r?\n--[^\r\n]+\r?\n/);
  return parts
    .filter((part) => /^content-type: text\//im.test(part))
    .map((part) => {
      const [, body = ''] = /\r?\n\r?\n([\s\S]*)$/.exec(part) ?? [];
      if (/transfer-encoding: base64/i.test(part)) return Buffer.from(body, 'base64').toString();
      if (/transfer-encoding: quoted-printable/i.test(part)) return decodeQuoted(body);
      return body;
    })
    .join('\n');
}

function decodeQuoted(body: string): string {
  const bytes = body.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/gi, (_mark, hex: string) => `%${hex}`);
  return decodeURIComponent(bytes.replace(/%(?![0-9A-F]{2})/gi, '%25'));
}
