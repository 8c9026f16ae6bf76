import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { fail } from '#base/errors';

/** Where mail goes and how it is signed. */
export interface MailerOptions {
  /**
   * `smtp://` upgrades to TLS when the server offers it and must when a password would leave this machine;
   * `smtps://` is TLS from the start. `?tls=unverified` accepts any certificate, `?tls=off` never upgrades.
   */
  readonly url: string;
  /** Sender: `name@example.org` or `Name <name@example.org>`. */
  readonly from: string;
  /** Ceilings in milliseconds: for each silence of the server, and for one whole delivery. */
  readonly silenceMilliseconds?: number;
  readonly deliveryMilliseconds?: number;
}

export interface Mail {
  readonly to: string | readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly attachments?: readonly MailAttachment[];
  /**
   * `<left@right>` (RFC 5322 section 3.6.4), made by the caller from what the mail is about: sending the same
   * mail again after a lost answer gives the same id, by which receivers drop the copy.
   */
  readonly messageId: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MailAttachment {
  readonly fileName: string;
  readonly content: Uint8Array;
  readonly contentType: string;
}

export interface MailReceipt {
  readonly messageId: string;
  /** Addresses that the server took; with several recipients it may have refused others. */
  readonly accepted: string[];
  readonly refused: { readonly address: string; readonly response: string }[];
  /** The server's last line, e.g. `250 2.0.0 Ok: queued as 4F1`: the first level of a receipt. */
  readonly response: string;
}

export interface Mailer {
  /**
   * Delivers one mail to the server. Throws `notify.smtp_refused` (a permanent 5xx answer: trying again is
   * useless), `notify.smtp_unreachable` (no connection, time-out or 4xx: try again), `base.invalid_input`.
   */
  send(mail: Mail): Promise<MailReceipt>;
}

/** HTML's address form: it allows hosts without a dot, which internal mail servers have. */
const address = z.email({ pattern: z.regexes.html5Email }).max(254);
const oneLine = z.string().regex(/^[^\r\n\0]*$/, 'one line');

const mailSchema = z.object({
  to: z.union([address, z.array(address).min(1).max(100)]),
  subject: oneLine.max(998),
  messageId: z
    .string()
    .max(250)
    .regex(/^<[^<>\s@]+@[^<>\s@]+>$/, 'a Message-ID in angle brackets'),
  headers: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,76}$/, 'a header name'), oneLine).optional(),
});

/** A sender for one mail server. Opens a connection per mail. Throws `base.invalid_input` for a bad URL. */
export function createMailer(options: MailerOptions): Mailer {
  const silence = options.silenceMilliseconds ?? 20_000;
  const transport = createTransport({
    ...serverOf(options.url),
    connectionTimeout: silence,
    greetingTimeout: silence,
    dnsTimeout: silence,
    socketTimeout: silence,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { send: (mail) => deliver(transport, options, mail) };
}

async function deliver(
  transport: ReturnType<typeof createTransport>,
  options: MailerOptions,
  mail: Mail,
): Promise<MailReceipt> {
  const checked = mailSchema.safeParse(mail);
  if (!checked.success) fail('base.invalid_input', { summary: z.prettifyError(checked.error) });
  const recipients = [mail.to].flat();
  try {
    const info = await transport.sendMail({
      from: options.from,
      // As objects, because a string would be split at commas into more recipients.
      to: recipients.map((one) => ({ name: '', address: one })),
      subject: mail.subject,
      // RFC 2046 section 4.1.1: a text's lines end in CRLF, also inside base64.
      text: mail.text.replace(/\r\n|\r|\n/g, '\r\n'),
      ...(mail.html === undefined ? {} : { html: mail.html }),
      attachments: (mail.attachments ?? []).map(({ fileName, content, contentType }) => ({
        filename: fileName,
        content: Buffer.from(content),
        contentType,
      })),
      messageId: mail.messageId,
      // RFC 3834 section 5: no holiday notice comes back to a machine.
      headers: { 'Auto-Submitted': 'auto-generated', ...mail.headers },
      xMailer: false,
      signal: AbortSignal.timeout(options.deliveryMilliseconds ?? 120_000),
    });
    return receiptOf(mail.messageId, info);
  } catch (error) {
    return failTyped(error);
  }
}

interface SmtpAnswer {
  readonly accepted?: readonly (string | { address: string })[];
  readonly rejectedErrors?: readonly SmtpError[];
  readonly response?: string;
}

type SmtpError = Error & {
  code?: string | undefined;
  response?: string | undefined;
  responseCode?: number | undefined;
  recipient?: string | undefined;
};

function receiptOf(messageId: string, info: SmtpAnswer): MailReceipt {
  return {
    messageId,
    accepted: (info.accepted ?? []).map((one) => (typeof one === 'string' ? one : one.address)),
    refused: (info.rejectedErrors ?? []).map((one) => ({
      address: one.recipient ?? '',
      response: oneLineOf(one.response ?? one.message),
    })),
    response: oneLineOf(info.response ?? ''),
  };
}

/** RFC 5321 section 4.2.1: 5yz is final, 4yz is worth another try; without an answer the peer is away. */
function failTyped(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  const { code, response, responseCode } = error as SmtpError;
  if (responseCode !== undefined && responseCode >= 500) {
    return fail('notify.smtp_refused', { response: oneLineOf(response ?? error.message) }, error);
  }
  const away = [
    'ECONNECTION',
    'ETIMEDOUT',
    'ESOCKET',
    'EDNS',
    'ETLS',
    'EPROTOCOL',
    'EABORT',
    'EAUTH',
    'ENOAUTH',
  ];
  if (responseCode !== undefined || error.name === 'TimeoutError' || (code && away.includes(code))) {
    return fail('notify.smtp_unreachable', { reason: oneLineOf(response ?? error.message) }, error);
  }
  throw error;
}

/** A server's answer may have many lines and any length; it goes into messages and logs. */
function oneLineOf(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 500);
}

function serverOf(text: string) {
  const url = URL.parse(text);
  const tls = url?.searchParams.get('tls') ?? 'verified';
  if (!url?.hostname || !/^smtps?:$/.test(url.protocol) || !/^(verified|unverified|off)$/.test(tls)) {
    // The text itself is not repeated: it may hold a password.
    return fail('base.invalid_input', { summary: 'smtpUrl: smtp://user:password@host:port?tls=verified' });
  }
  const secure = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const local = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  return {
    host,
    port: url.port ? Number(url.port) : secure ? 465 : user ? 587 : 25,
    secure,
    ignoreTLS: tls === 'off',
    requireTLS: !secure && tls !== 'off' && user !== '' && !local,
    tls: { rejectUnauthorized: tls !== 'unverified' },
    ...(user ? { auth: { user, pass: decodeURIComponent(url.password) } } : {}),
  };
}
