/**
 * A mail server on loopback that delivers nothing: it keeps every mail as an .eml file, byte for byte, and
 * shows them on a small read-only web page. It stands for the bureau's and the police's mailboxes.
 */
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { SMTPServer } from 'smtp-server';
import { closeServer, listenOn } from './listen.ts';
import { mailPages } from './mail-pages.ts';
import { type KeptMail, keepMail, MAX_MAIL_BYTES, readKept } from './mail-store.ts';

export interface MailKeeperOptions {
  /** Folder of the .eml files; made when absent. */
  readonly dir: string;
  /** Wanted ports; 0 takes a free one. */
  readonly smtpPort: number;
  readonly webPort: number;
  readonly now: () => Date;
  /** Told of faults that no client is there to hear of. */
  readonly onError: (error: Error) => void;
}

export interface MailKeeper {
  readonly smtpPort: number;
  readonly webPort: number;
  /** Newest first. */
  list(): readonly KeptMail[];
  close(): Promise<void>;
}

/** Starts both servers on 127.0.0.1 and reads what was kept before. A taken port is an error naming it. */
export async function startMailKeeper(options: MailKeeperOptions): Promise<MailKeeper> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const kept = await readKept(options.dir);
  const smtp = new SMTPServer({
    banner: 'Jiaodun demonstration: mails are kept, not delivered',
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: MAX_MAIL_BYTES,
    closeTimeout: 1000,
    onData(stream, _session, done) {
      keepMail(stream as AsyncIterable<Buffer>, options.dir, options.now).then(
        (mail) => {
          kept.push(mail);
          done(null, `kept as ${mail.id}`);
        },
        (error: Error) => done(error),
      );
    },
  });
  smtp.on('error', (error) => options.onError(error));
  const web = createServer(mailPages({ dir: options.dir, list: () => newestFirst(kept) }));
  try {
    const smtpPort = await listenOn(smtp.server, options.smtpPort);
    const webPort = await listenOn(web, options.webPort);
    return { smtpPort, webPort, list: () => newestFirst(kept), close };
  } catch (error) {
    await close();
    throw error;
  }

  async function close(): Promise<void> {
    await closeServer(web);
    await new Promise<void>((resolve) => smtp.close(() => resolve()));
  }
}

function newestFirst(kept: readonly KeptMail[]): KeptMail[] {
  return [...kept].sort((a, b) => (a.id < b.id ? 1 : -1));
}
