import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Checkbox, Input, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getPreference, mandatoryKinds, messageKind, setPreference } from '#notify/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { inBrackets } from '../../app/punctuation.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';

type Preference = RouteReply<typeof getPreference>;

/** By which channels the signed-in person is told of what, and when not. */
export function PreferencesPanel() {
  const query = useQuery({
    queryKey: ['message-preference'],
    queryFn: ({ signal }) => call(getPreference, {}, { signal }),
  });
  return <QueryView query={query}>{(stored) => <Editor stored={stored} />}</QueryView>;
}

function Editor({ stored }: { stored: Preference }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [value, setValue] = useState(stored);
  const change = (part: Partial<Preference>) => setValue((before) => ({ ...before, ...part }));
  const save = useMutation({
    mutationFn: () => {
      const { language, quietFrom, quietTo } = value;
      const optional = Object.entries(value.channels).filter(
        ([kind]) => !(mandatoryKinds as readonly string[]).includes(kind),
      );
      const body = { language, quietFrom, quietTo, channels: Object.fromEntries(optional) };
      return call(setPreference, { body });
    },
    onSuccess: async () => {
      message.success(t('preferencesPage.saved'));
      await client.invalidateQueries({ queryKey: ['message-preference'] });
    },
  });
  return (
    <Panel>
      <form
        className="ant-form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Facts
          items={[
            [t('preferencesPage.email'), value.email ?? t('preferencesPage.none')],
            [t('preferencesPage.phone'), value.phone ?? t('preferencesPage.none')],
          ]}
        />
        <fieldset className="jd-fieldset">
          <legend>{t('preferencesPage.language')}</legend>
          <Radio.Group
            value={value.language}
            onChange={(event) => change({ language: event.target.value as Preference['language'] })}
            options={[
              { value: 'zh', label: '中文' },
              { value: 'en', label: 'English' },
            ]}
          />
        </fieldset>
        <QuietHours value={value} change={change} />
        <Ways value={value} change={change} />
        {save.isError ? <ErrorView error={save.error} /> : null}
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t('action.save')}
        </Button>
      </form>
    </Panel>
  );
}

interface PartProps {
  readonly value: Preference;
  readonly change: (part: Partial<Preference>) => void;
}

function QuietHours({ value, change }: PartProps) {
  const { t } = useTranslation();
  return (
    <fieldset className="jd-fieldset">
      <legend>{t('preferencesPage.quiet')}</legend>
      <p className="jd-faint">{t('preferencesPage.quietHint')}</p>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12, alignItems: 'end' }}>
        {(['quietFrom', 'quietTo'] as const).map((name) => (
          <label key={name} htmlFor={name}>
            {t(`preferencesPage.${name}`)}
            <Input
              id={name}
              type="time"
              style={{ width: 130, display: 'block' }}
              value={value[name] ?? ''}
              onChange={(event) => change({ [name]: event.target.value || null })}
            />
          </label>
        ))}
        <Button onClick={() => change({ quietFrom: null, quietTo: null })}>
          {t('preferencesPage.clear')}
        </Button>
      </div>
    </fieldset>
  );
}

function Ways({ value, change }: PartProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const ways = ['mail', 'sms'] as const;
  return (
    <fieldset className="jd-fieldset">
      <legend>{t('preferencesPage.ways')}</legend>
      <p className="jd-faint">{t('preferencesPage.waysHint')}</p>
      <table className="jd-plain-table">
        <thead>
          <tr>
            <th scope="col" style={{ textAlign: 'left', paddingRight: 24 }}>
              {t('deliveries.kind')}
            </th>
            {ways.map((way) => (
              <th key={way} scope="col" style={{ paddingRight: 24 }}>
                {words('messageChannel', way)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {messageKind.options.map((kind) => {
            const locked = mandatoryKinds.includes(kind);
            const chosen = value.channels[kind] ?? [];
            return (
              <tr key={kind}>
                <th scope="row" style={{ textAlign: 'left', fontWeight: 400, padding: '4px 24px 4px 0' }}>
                  {words('messageKind', kind)}
                  {locked ? (
                    <span className="jd-faint">{inBrackets(t('preferencesPage.locked'))}</span>
                  ) : null}
                </th>
                {ways.map((way) => (
                  <td key={way} style={{ textAlign: 'center', paddingRight: 24 }}>
                    <Checkbox
                      aria-label={`${words('messageKind', kind)} ${words('messageChannel', way)}`}
                      checked={chosen.includes(way)}
                      disabled={locked}
                      onChange={(event) => {
                        const rest = chosen.filter((one) => one !== way);
                        const next = event.target.checked ? [...rest, way] : rest;
                        change({ channels: { ...value.channels, [kind]: next } });
                      }}
                    />
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </fieldset>
  );
}
