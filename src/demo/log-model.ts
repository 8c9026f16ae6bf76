/** What the generated logs are made of, and the "Internet" that the city talks to. */

export type LogFormat = 'dnsmasq' | 'conntrack' | 'squid' | 'access';

/** A line and the moment it was written (milliseconds since 1970, fractions kept). */
export interface LogEvent {
  readonly at: number;
  readonly line: string;
}

export interface LogSource {
  /** Unique name, also the file name without `.log`. */
  readonly name: string;
  readonly format: LogFormat;
  readonly unitCode: string;
  /** The web server's host, for access logs. */
  readonly host: string;
  readonly leaseSeconds: number;
}

/** The change of the page before its public port is known. */
export interface PlannedChange {
  /** When the site's log says the page was changed; whole seconds, milliseconds since 1970. */
  readonly at: number;
  readonly end: number;
  readonly exitCode: string;
  readonly insideIp: string;
  readonly insidePort: number;
  readonly mac: string;
  readonly assetNo: string;
  readonly serverIp: string;
}

/** The change with the public side of its session: what a complaint would name. */
export interface Change extends PlannedChange {
  readonly publicIp: string;
  readonly publicPort: number;
}

/** "The Internet": documentation addresses that no exit of the city has. */
export const INTERNET: readonly { readonly host: string; readonly ip: string }[] = [
  'www.search.example',
  'news.daily.example',
  'video.classroom.example',
  'mail.office.example',
  'update.system.example',
  'maps.travel.example',
  'resource.textbook.example',
  'exam.practice.example',
  'cdn.pictures.example',
  'weather.region.example',
  'library.reading.example',
  'api.messenger.example',
].map((host, i) => ({ host, ip: `192.0.2.${140 + i * 7}` }));
