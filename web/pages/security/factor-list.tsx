import { KeyOutlined, MobileOutlined, PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { type getFactors, removeFactor } from '#auth/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { canUsePasskeys, makePasskey } from '../../app/passkeys.ts';
import { sessionQuery } from '../../app/session.ts';
import { dateMinute } from '../../ui/moment.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { AddApp } from './add-app.tsx';

type Factors = RouteReply<typeof getFactors>;

interface FactorListProps {
  readonly data: Factors;
  /** The recovery codes that came with the first factor. */
  readonly onCodes: (codes: readonly string[]) => void;
}

/** The second factors of this account; adding and removing them. */
export function FactorList({ data, onCodes }: FactorListProps) {
  const { t } = useTranslation();
  const added = useFactorsChanged();
  const keep = async (codes: string[] | null) => {
    if (codes) onCodes(codes);
    await added();
  };
  const hasApp = data.items.some((item) => item.kind === 'totp');
  return (
    <>
      {data.items.length === 0 ? <p>{t('security.noFactors')}</p> : null}
      <ul style={{ listStyle: 'none', padding: 0, margin: '0 0 16px' }}>
        {data.items.map((item) => (
          <li key={item.id} className="jd-row" style={{ display: 'flex', gap: 12, padding: '8px 0' }}>
            {item.kind === 'totp' ? (
              <MobileOutlined aria-hidden="true" />
            ) : (
              <KeyOutlined aria-hidden="true" />
            )}
            <span style={{ flex: 1, minWidth: 0, overflowWrap: 'anywhere' }}>
              <strong>{item.name}</strong>
              <span className="jd-faint">
                {' '}
                {t(`security.kind.${item.kind}`)} · {t('security.added')} {dateMinute(item.addedAt)} ·{' '}
                {t('security.lastUsed')} {item.lastUsedAt ? dateMinute(item.lastUsedAt) : '—'}
              </span>
            </span>
            <RemoveFactor id={item.id} name={item.name} />
          </li>
        ))}
      </ul>
      <Space wrap>
        {hasApp ? null : (
          <FormDrawer label={t('security.addApp')} icon={<PlusOutlined aria-hidden="true" />} type="primary">
            {(close) => (
              <AddApp
                onCancel={close}
                onAdded={async (codes) => {
                  close();
                  await keep(codes);
                }}
              />
            )}
          </FormDrawer>
        )}
        {canUsePasskeys() ? <AddPasskey onAdded={keep} /> : null}
      </Space>
      {canUsePasskeys() ? null : <p className="jd-faint">{t('security.passkeyNeeds')}</p>}
    </>
  );
}

/** After a change the list and what the session may do are asked for again. */
function useFactorsChanged() {
  const client = useQueryClient();
  return async () => {
    await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
    await client.invalidateQueries({ queryKey: ['my-factors'] });
  };
}

const nameSchema = z.object({ name: z.string().trim().min(1).max(40) });

function AddPasskey({ onAdded }: { onAdded: (codes: string[] | null) => Promise<void> }) {
  const { t } = useTranslation();
  return (
    <FormDrawer label={t('security.addPasskey')} icon={<PlusOutlined aria-hidden="true" />}>
      {(close) => (
        <>
          <p className="jd-faint">{t('security.passkeyHint')}</p>
          <SchemaForm
            schema={nameSchema}
            fields={{
              name: {
                label: t('security.factorName'),
                example: t('security.passkeyExample'),
                autoFocus: true,
              },
            }}
            submitLabel={t('security.addPasskey')}
            onCancel={close}
            onSubmit={async ({ name }) => {
              const codes = await makePasskey(name);
              close();
              await onAdded(codes);
            }}
          />
        </>
      )}
    </FormDrawer>
  );
}

function RemoveFactor({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { message } = App.useApp();
  const changed = useFactorsChanged();
  return (
    <Popconfirm
      title={t('security.removeConfirm', { name })}
      onConfirm={async () => {
        try {
          await call(removeFactor, { params: { id } });
          await changed();
        } catch (error) {
          void message.error(wordsForError(error)[language]);
        }
      }}
    >
      <Button size="small" danger>
        {t('security.remove')}
      </Button>
    </Popconfirm>
  );
}
