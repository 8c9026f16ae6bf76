import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listUnits } from '#units/contract';
import { call } from './api.ts';

interface UnitPickerProps {
  readonly id?: string;
  readonly value?: string | undefined;
  readonly onChange?: (unitId: string | undefined) => void;
  readonly placeholder?: string;
  /** What the form takes: the unit's id, or its code. */
  readonly gives?: 'id' | 'code';
}

/** Chooses a unit in scope by searching its name, code or initials. Nothing chosen means one's own unit. */
export function UnitPicker({ value, onChange, placeholder, gives = 'id', ...given }: UnitPickerProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const query = useQuery({
    queryKey: ['units', 'picker', text],
    queryFn: ({ signal }) =>
      call(listUnits, { query: { pageSize: 50, ...(text === '' ? {} : { q: text }) } }, { signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <Select
      {...given}
      allowClear
      value={value}
      placeholder={placeholder ?? t('units.search')}
      loading={query.isFetching}
      showSearch={{ onSearch: setText, filterOption: false }}
      options={query.data?.items.map((unit) => ({ value: unit[gives], label: unit.name })) ?? []}
      onChange={(next?: string) => onChange?.(next)}
    />
  );
}
