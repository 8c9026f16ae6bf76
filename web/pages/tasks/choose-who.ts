import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Assignee, listTaskPeople } from '#tasks/contract';
import { type Post, post } from '#units/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { inBrackets } from '../../app/punctuation.ts';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** People who see the unit of a task, found by name. */
export function usePeople(taskId: string): { options: readonly Choice[]; search: (text: string) => void } {
  const [text, search] = useState('');
  const query = useQuery({
    queryKey: ['tasks', 'people', taskId, text],
    queryFn: ({ signal }) =>
      call(listTaskPeople, { params: { id: taskId }, query: text === '' ? {} : { q: text } }, { signal }),
    placeholderData: keepPreviousData,
  });
  const people = query.data?.items ?? [];
  return {
    search,
    options: people.map(({ id, name, unitName }) => ({
      value: `account:${id}`,
      label: name + inBrackets(unitName),
    })),
  };
}

const roles = ['school_teacher', 'leader', 'county_officer', 'city_officer'] as const;

/** Posts and roles as choices: `post:network_admin`, `role:leader`. */
export function useWhoOptions(): readonly Choice[] {
  const words = useEnumWords();
  return [
    ...post.options.map((value) => ({ value: `post:${value}`, label: words('post', value) })),
    ...roles.map((value) => ({ value: `role:${value}`, label: words('role', value) })),
  ];
}

/** A choice as the contract takes it. */
export function readWho(choice: string): Assignee {
  const [kind, value = ''] = choice.split(':');
  if (kind === 'account') return { accountId: value };
  return kind === 'post' ? { post: value as Post } : { role: value };
}
