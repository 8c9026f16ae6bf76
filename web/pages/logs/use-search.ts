import { useCallback, useEffect, useRef, useState } from 'react';
import { type LogRow, streamSearch } from '#logs/contract';
import { ApiError } from '../../app/api-error.ts';
import { eventsOf } from '../../app/event-stream.ts';
import type { LogFilter } from './log-search.tsx';

const pageRows = 100;

interface Found {
  readonly rows: readonly LogRow[];
  readonly cursor: string | null;
  readonly searchedTo: string | null;
  readonly isRunning: boolean;
  readonly isStopped: boolean;
  readonly error: unknown;
}

const nothing: Found = {
  rows: [],
  cursor: null,
  searchedTo: null,
  isRunning: false,
  isStopped: false,
  error: null,
};

/** A search that shows rows as they are found. Leaving the page or `stop` ends it on the server, too. */
export function useSearch(filter: LogFilter) {
  const [found, setFound] = useState<Found>(nothing);
  const control = useRef<AbortController>(undefined);

  const run = useCallback(
    async (cursor: string | null) => {
      control.current?.abort();
      const mine = new AbortController();
      control.current = mine;
      const add = (change: Partial<Found>, rows: readonly LogRow[] = []) => {
        if (control.current === mine)
          setFound((before) => ({ ...before, ...change, rows: [...before.rows, ...rows] }));
      };
      setFound((before) => ({ ...(cursor === null ? nothing : before), isRunning: true, error: null }));
      try {
        const query = { ...filter, limit: pageRows, ...(cursor === null ? {} : { cursor }) };
        for await (const { event, data } of eventsOf(streamSearch, { query }, mine.signal)) {
          if (event === 'rows') {
            const { rows, searchedTo } = data as { rows: LogRow[]; searchedTo: string };
            add({ searchedTo }, rows);
          }
          if (event === 'end') add({ ...(data as { cursor: string | null; searchedTo: string }) });
          if (event === 'failed') add({ error: errorOf(data) });
        }
      } catch (error) {
        if (!mine.signal.aborted) add({ error });
      }
      add({ isRunning: false, isStopped: mine.signal.aborted });
    },
    [filter],
  );

  useEffect(() => {
    void run(null);
    return () => {
      control.current?.abort();
      control.current = undefined;
    };
  }, [run]);

  return {
    ...found,
    more: () => void run(found.cursor),
    stop: () => control.current?.abort(),
  };
}

function errorOf(data: unknown): ApiError {
  const { code, zh, en, details } = data as {
    code: string;
    zh: string;
    en: string;
    details: Record<string, unknown>;
  };
  return new ApiError(422, code, { zh, en }, details);
}
