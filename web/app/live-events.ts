import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { liveEvents } from '#notify/contract';

/** Milliseconds that events are gathered before the screens refresh: a crawl emits many at once. */
const gatherFor = 400;

/** Which cached data an event makes old; the first part of an event's name is its module. */
const touches: Record<string, readonly string[]> = {
  incidents: ['incidents', 'messages', 'home'],
  findings: ['findings', 'sites', 'incidents', 'home'],
  watch: ['sites', 'checks', 'home-pictures', 'findings', 'incidents', 'home'],
  sites: ['sites', 'home'],
  shield: ['shield', 'incidents'],
  trace: ['traces', 'reveals', 'incidents', 'messages', 'home'],
  evidence: ['evidence', 'incidents'],
  logs: ['logs'],
  tasks: ['tasks', 'tasks-requests', 'home'],
  notify: ['messages', 'deliveries', 'incidents'],
  units: ['units', 'people'],
  addresses: ['devices', 'allocations'],
  auth: ['accounts', 'role-grants', 'home'],
};

/** Cache keys that an event of this name makes old; messages can follow from anything. */
export function touchedBy(eventName: string): readonly string[] {
  return touches[eventName.split('.')[0] ?? ''] ?? ['messages'];
}

/** Keeps the page fresh from server-sent events. True while connected; the browser reconnects by itself. */
export function useLiveEvents(): boolean {
  const client = useQueryClient();
  const [isConnected, setConnected] = useState(false);
  useEffect(() => {
    const source = new EventSource(liveEvents.path);
    const gather = gatherer(client);
    const receive = (event: MessageEvent<string>) => gather.add(nameOf(event));
    source.onopen = () => setConnected(true);
    source.onerror = () => setConnected(false);
    source.onmessage = receive;
    source.addEventListener('event', receive);
    source.addEventListener('change', receive);
    return () => {
      gather.stop();
      source.close();
    };
  }, [client]);
  return isConnected;
}

function gatherer(client: QueryClient) {
  const names = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    const keys = new Set([...names].flatMap(touchedBy));
    names.clear();
    for (const key of keys) void client.invalidateQueries({ queryKey: [key] });
  };
  return {
    add(name: string | undefined) {
      if (name === undefined) return;
      names.add(name);
      timer ??= setTimeout(flush, gatherFor);
    },
    stop: () => clearTimeout(timer),
  };
}

function nameOf(event: MessageEvent<string>): string | undefined {
  try {
    const { name } = JSON.parse(event.data) as { name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    // A heartbeat or a comment of another form carries no name.
    return undefined;
  }
}
