import { type Endpoint, eventOf, extraOf, toProtocol, translationOf } from './build-row.ts';
import { type DecodedRow, noRow, type SourceSettings } from './row.ts';
import { toAddress, toByteString, toPort, toText, toWhole } from './text.ts';
import { parseEpoch } from './time.ts';

/**
 * Session log of Huawei USG firewalls: `%%01SECLOG/6/SESSION_TEARDOWN(l):IPVer=4,Protocol=udp,SourceIP=…,…`. Begin and
 * end are seconds of the epoch; the wall clocks before them, of relay and device, are not read.
 */
export function decodeHuaweiUsg(
  line: Uint8Array | string,
  _source: SourceSettings,
  _recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const mark = text.indexOf('%%');
  const module =
    mark < 0
      ? null
      : /^%%\d\d([A-Z0-9_]{1,20})\/\d\/([A-Z0-9_]{1,60})(?:\([a-z]\))?(?:\[\d+\])?: ?/.exec(
          text.slice(mark, mark + 120),
        );
  if (!module) return null;
  if (module[1] !== 'SECLOG' || !module[2]!.startsWith('SESSION')) return noRow;
  const field = readFields(text.slice(mark + module[0].length));
  const start = parseEpoch(field.get('BeginTime') ?? '');
  const end = parseEpoch(field.get('EndTime') ?? '');
  const proto = toProtocol(field.get('Protocol') ?? '');
  const source = endOf(field, 'SourceIP', 'SourcePort');
  const destination = endOf(field, 'DestinationIP', 'DestinationPort');
  if (start < 0 || proto < 0 || !source || !destination) return null;
  const isOver = end >= start;
  const nat = translationOf({
    source,
    destination,
    newSource: endOf(field, 'SourceNatIP', 'SourceNatPort') ?? source,
    newDestination: endOf(field, 'DestinationNatIP', 'DestinationNatPort') ?? destination,
  });
  const ts = isOver ? end : start;
  if (nat) return { table: 'nat', event: isOver ? 'destroy' : 'new', ts, start, proto, ...nat, flow: '' };
  return eventOf({
    kind: 'flow',
    ts,
    cli: source.ip,
    cport: source.port,
    dst: destination.ip,
    dport: destination.port,
    proto,
    act: toText(field.get('CloseReason') ?? '', 64),
    user: toText(field.get('UserName') ?? '', 256),
    up: Math.max(0, toWhole(field.get('SendBytes') ?? '')),
    dn: Math.max(0, toWhole(field.get('RcvBytes') ?? '')),
    took: isOver ? end - start : 0,
    ...extraOf({ policy: toText(field.get('PolicyName') ?? '', 128) }),
  });
}

function readFields(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of text.split(',', 100)) {
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    const key = pair.slice(0, equals).trim();
    if (!found.has(key))
      found.set(
        key,
        pair
          .slice(equals + 1)
          .replace(/\.$/, '')
          .trim(),
      );
  }
  return found;
}

/** `null` where it is not written, or written as no address at all (0.0.0.0). */
function endOf(field: ReadonlyMap<string, string>, ipKey: string, portKey: string): Endpoint | null {
  const ip = toAddress(field.get(ipKey) ?? '');
  if (ip === '' || ip === '0.0.0.0' || ip === '::') return null;
  return { ip, port: Math.max(0, toPort(field.get(portKey) ?? '')) };
}
