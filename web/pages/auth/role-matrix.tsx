import { CheckOutlined, LockOutlined } from '@ant-design/icons';
import { Input, Select, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../../app/i18n.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { QueryView } from '../../ui/query-view.tsx';
import { type PermissionInfo, type RoleInfo, usePermissionWords, useRoles } from './use-permission-words.ts';

/** Roles × permissions, for everybody to read. A phone shows one role at a time. */
export function RoleMatrix() {
  const { t } = useTranslation();
  const language = useLanguage();
  const isPhone = useNarrowerThan(phoneWidth);
  const { query, all } = usePermissionWords();
  const { roles, options } = useRoles();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<string[]>([]);
  const wanted = text.trim().toLowerCase();
  const rows = all.filter((one) => `${one.key} ${one.zh} ${one.en}`.toLowerCase().includes(wanted));
  const columns = roles.filter((one) => chosen.length === 0 || chosen.includes(one.role));
  const shown = isPhone && chosen.length === 0 ? columns.slice(0, 1) : columns;
  return (
    <section className="jd-panel" aria-label={t('rights.matrix')}>
      <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap', marginBottom: 12 }}>
        <Input.Search
          allowClear
          style={{ maxWidth: 280 }}
          placeholder={t('rights.search')}
          aria-label={t('rights.search')}
          onChange={(event) => setText(event.target.value)}
        />
        <Select
          mode="multiple"
          allowClear
          style={{ minWidth: 220, flex: '1 1 220px' }}
          placeholder={t('rights.role')}
          aria-label={t('rights.role')}
          value={chosen}
          options={options}
          optionFilterProp="label"
          onChange={setChosen}
        />
      </div>
      <QueryView query={query} rows={8}>
        {() => (
          <DataTable
            rowKey={(one: PermissionInfo) => one.key}
            dataSource={rows}
            columns={[
              {
                title: t('rights.permission'),
                key: 'permission',
                ...(isPhone ? {} : { fixed: 'start' as const }),
                width: isPhone ? 200 : 260,
                render: (_, one) => <PermissionName one={one} />,
              },
              ...shown.map((role) => ({
                title: role[language],
                key: role.role,
                width: 96,
                align: 'center' as const,
                render: (_: unknown, one: PermissionInfo) => <Cell role={role} permission={one.key} />,
              })),
            ]}
          />
        )}
      </QueryView>
    </section>
  );
}

function PermissionName({ one }: { one: PermissionInfo }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <span>
      {one[language]}{' '}
      {one.humanOnly ? (
        <Tooltip title={t('rights.humanOnly')}>
          <LockOutlined role="img" aria-label={t('rights.humanOnly')} />
        </Tooltip>
      ) : null}
      <br />
      <span className="jd-faint jd-mono">{one.key}</span>
    </span>
  );
}

function Cell({ role, permission }: { role: RoleInfo; permission: string }) {
  const { t } = useTranslation();
  return role.permissions.includes(permission) ? (
    <CheckOutlined role="img" aria-label={t('rights.has')} />
  ) : (
    <span className="jd-faint" role="img" aria-label={t('rights.hasNot')}>
      ·
    </span>
  );
}
