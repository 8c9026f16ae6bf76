import { EditOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { probeRules, ruleLevel } from '#watch/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useRuleWords } from '../../app/rule-words.ts';
import { useCan } from '../../app/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { levelsByFamily, levelsOf } from './rule-levels.ts';

type ProbeRules = z.output<typeof probeRules>;

interface SettingsProps {
  readonly rules: ProbeRules;
  /** Saves the rules with this part of them changed, as a new version. */
  readonly onSave: (change: Partial<ProbeRules>) => Promise<void>;
}

/** How grave each single rule of the probes is. */
export function LevelsPanel({ rules, onSave }: SettingsProps) {
  const { t } = useTranslation();
  const can = useCan();
  const ruleWords = useRuleWords();
  return (
    <Panel
      title={t('watchSettings.levels')}
      extra={can('watch.rules') ? <LevelsForm rules={rules} onSave={onSave} /> : null}
    >
      <p className="jd-faint">{t('watchSettings.levelsHint')}</p>
      <div className="jd-rule-levels">
        {Object.entries(levelsByFamily(rules.levels)).map(([family, own]) => (
          <section key={family}>
            <h3>{ruleWords(family)}</h3>
            <Facts
              items={Object.entries(own).map(([name, level]) => [
                ruleWords(`${family}.${name}`),
                <EnumTag key={name} name="ruleLevel" value={level} />,
              ])}
            />
          </section>
        ))}
      </div>
    </Panel>
  );
}

function LevelsForm({ rules, onSave }: SettingsProps) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const ruleWords = useRuleWords();
  const families = levelsByFamily(rules.levels);
  const mapped = <T, R>(of: Readonly<Record<string, T>>, to: (value: T, key: string) => R) =>
    Object.fromEntries(Object.entries(of).map(([key, value]) => [key, to(value, key)]));
  return (
    <FormDrawer
      label={t('watchSettings.edit')}
      title={t('watchSettings.levels')}
      icon={<EditOutlined aria-hidden="true" />}
    >
      {(close) => (
        <SchemaForm
          // One select for each rule that there is.
          schema={z.object(mapped(families, (own) => z.object(mapped(own, () => ruleLevel))))}
          initial={families}
          fields={mapped(families, (own, family) => ({
            label: ruleWords(family),
            fields: mapped(own, (_level, name) => ({
              label: ruleWords(`${family}.${name}`),
              options: optionsOf(words, 'ruleLevel', ruleLevel.options),
            })),
          }))}
          submitLabel={t('action.save')}
          onCancel={close}
          onSubmit={async (changed) => {
            await onSave({ levels: levelsOf(changed as typeof families) });
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

/** Below which version a component counts as one that nobody mends any more. */
export function VersionsPanel({ rules, onSave }: SettingsProps) {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <Panel
      title={t('watchSettings.versions')}
      extra={can('watch.rules') ? <VersionsForm rules={rules} onSave={onSave} /> : null}
    >
      <p className="jd-faint">{t('watchSettings.versionsHint')}</p>
      {rules.versions.length === 0 ? (
        <EmptyState title={t('watchSettings.versionsEmpty')} hint={t('watchSettings.versionsEmptyHint')} />
      ) : (
        <DataTable
          stacked
          size="small"
          rowKey={(row) => `${row.product} ${row.below}`}
          dataSource={rules.versions}
          columns={[
            { title: t('watchSettings.product'), dataIndex: 'product' },
            {
              title: t('watchSettings.below'),
              render: (_v, row) => <span className="jd-num">{row.below}</span>,
            },
            {
              title: t('watchSettings.since'),
              render: (_v, row) => <span className="jd-num">{row.since}</span>,
            },
            {
              title: t('watchSettings.versionNote'),
              render: (_v, row) => <span className="jd-break">{row.note || '—'}</span>,
            },
          ]}
        />
      )}
    </Panel>
  );
}

function VersionsForm({ rules, onSave }: SettingsProps) {
  const { t } = useTranslation();
  return (
    <FormDrawer
      label={t('watchSettings.edit')}
      title={t('watchSettings.versions')}
      icon={<EditOutlined aria-hidden="true" />}
    >
      {(close) => (
        <SchemaForm
          schema={probeRules.pick({ versions: true })}
          initial={{ versions: rules.versions }}
          fields={{
            versions: {
              label: t('watchSettings.versions'),
              help: t('watchSettings.versionsHelp'),
              fields: {
                product: { label: t('watchSettings.product'), example: 'PHP' },
                below: { label: t('watchSettings.below'), example: '8.2' },
                since: { label: t('watchSettings.since') },
                note: { label: t('watchSettings.versionNote'), example: 'php.net/supported-versions' },
              },
            },
          }}
          submitLabel={t('action.save')}
          onCancel={close}
          onSubmit={async ({ versions }) => {
            await onSave({ versions });
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
