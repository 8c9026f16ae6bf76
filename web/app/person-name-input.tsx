import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { AutoComplete } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listPeople, listUnits } from '#units/contract';
import { call } from './api.ts';
import { inBrackets } from './punctuation.ts';

interface PersonNameInputProps {
  readonly id?: string;
  readonly value?: string | undefined;
  readonly onChange?: (value: string | undefined) => void;
  /** Code of the unit whose people are offered; without it nobody is. */
  readonly unitCode: string | undefined;
  readonly onPick?: (person: { readonly name: string; readonly personNo: string } | undefined) => void;
}

/**
 * A name: chosen from the people of a unit (by name, number, pinyin), or typed when the person is not in the register.
 */
export function PersonNameInput({ value, onChange, unitCode, onPick, ...given }: PersonNameInputProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const query = useQuery({
    queryKey: ['people', 'names', unitCode, text],
    enabled: unitCode !== undefined,
    queryFn: async ({ signal }) => {
      const units = await call(listUnits, { query: { q: unitCode!, pageSize: 50 } }, { signal });
      const unit = units.items.find(({ code }) => code === unitCode);
      if (unit === undefined) return [];
      const asked = { unitId: unit.id, pageSize: 30, ...(text === '' ? {} : { q: text }) };
      return (await call(listPeople, { query: asked }, { signal })).items;
    },
    placeholderData: keepPreviousData,
  });
  return (
    <AutoComplete
      {...given}
      value={value ?? ''}
      placeholder={unitCode === undefined ? t('people.unitFirst') : t('people.search')}
      showSearch={{ onSearch: setText, filterOption: false }}
      options={(unitCode === undefined ? [] : (query.data ?? [])).map((person) => ({
        key: person.id,
        value: person.name,
        label: person.name + inBrackets(person.personNo),
        personNo: person.personNo,
      }))}
      onChange={(next: string, chosen) => {
        const personNo =
          'personNo' in (chosen ?? {}) ? (chosen as { personNo?: string }).personNo : undefined;
        onPick?.(personNo === undefined ? undefined : { name: next, personNo });
        onChange?.(next);
      }}
    />
  );
}
