import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listPeople } from '#units/contract';
import { call } from './api.ts';
import { inBrackets } from './punctuation.ts';

interface PersonPickerProps {
  readonly id?: string;
  readonly value?: string | undefined;
  readonly onChange?: (value: string | undefined) => void;
  /** What the form takes: the person's id, or the number that an import sheet has. */
  readonly gives?: 'id' | 'personNo';
  readonly unitId?: string;
}

/** Chooses a person in scope by name, number, pinyin initials or full pinyin. */
export function PersonPicker({ value, onChange, gives = 'id', unitId, ...given }: PersonPickerProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const query = useQuery({
    queryKey: ['people', 'picker', text, unitId],
    queryFn: ({ signal }) => {
      const filter = { ...(text === '' ? {} : { q: text }), ...(unitId ? { unitId } : {}) };
      return call(listPeople, { query: { pageSize: 30, ...filter } }, { signal });
    },
    placeholderData: keepPreviousData,
  });
  return (
    <Select
      {...given}
      allowClear
      value={value}
      placeholder={t('people.search')}
      loading={query.isFetching}
      showSearch={{ onSearch: setText, filterOption: false }}
      options={
        query.data?.items.map((person) => ({
          value: person[gives],
          label: person.name + inBrackets(`${person.unitName} · ${person.personNo}`),
        })) ?? []
      }
      onChange={(next?: string) => onChange?.(next)}
    />
  );
}
