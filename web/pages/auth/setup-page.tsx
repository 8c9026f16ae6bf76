import { useNavigate, useSearch } from '@tanstack/react-router';
import { Alert, Button, Form, Input, Radio, Result } from 'antd';
import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { setUp } from '#auth/contract';
import { call } from '../../app/api.ts';
import { currentLanguage } from '../../app/i18n.ts';
import { usePasswordRule } from '../../app/password-rule.ts';
import { PublicFrame } from '../../app/public-frame.tsx';
import { useForgetEverything, useSession } from '../../app/session.ts';
import { halfOf } from '../../app/zod-words.ts';
import { ErrorView } from '../../ui/error-view.tsx';

type SetUpBody = z.input<NonNullable<typeof setUp.body>>;
const administrators = ['systemAdmin', 'securityAdmin', 'auditAdmin'] as const;

/** First start: the city bureau and three administrators, three different people. */
export function SetupPage() {
  const { t } = useTranslation();
  const { setupNeeded } = useSession();
  const [isDone, setDone] = useState(false);
  const navigate = useNavigate();
  const forget = useForgetEverything();
  useEffect(() => {
    document.title = `${t('setup.title')} · ${t('app.name')}`;
  }, [t]);
  if (isDone || !setupNeeded) {
    return (
      <PublicFrame>
        <Result
          status="success"
          title={t('setup.done')}
          subTitle={t('setup.doneHint')}
          extra={
            <Button
              type="primary"
              onClick={async () => {
                await forget();
                await navigate({ to: '/sign-in' });
              }}
            >
              {t('auth.signIn')}
            </Button>
          }
        />
      </PublicFrame>
    );
  }
  return (
    <PublicFrame wide>
      <h1 style={{ margin: '0 0 4px', fontSize: 24 }}>{t('setup.title')}</h1>
      <p className="jd-faint">{t('setup.hint')}</p>
      <SetupForm onDone={() => setDone(true)} />
    </PublicFrame>
  );
}

function SetupForm({ onDone }: { onDone: () => void }) {
  const rule = usePasswordRule();
  const { t } = useTranslation();
  const { token } = useSearch({ strict: false }) as { token?: string };
  const [form] = Form.useForm<SetUpBody>();
  const [failure, setFailure] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const [typist, setTypist] = useState<Typist>('none');

  async function submit(raw: SetUpBody) {
    setFailure(undefined);
    const checked = setUp.body!.safeParse(raw);
    if (!checked.success) {
      form.setFields(
        checked.error.issues.map((issue) => ({
          name: issue.path as never,
          errors: [halfOf(issue.message, currentLanguage())],
        })),
      );
      return;
    }
    setBusy(true);
    try {
      await call(setUp, {
        body: {
          ...raw,
          systemAdmin: { ...raw.systemAdmin, mustChangePassword: typist !== 'systemAdmin' },
          securityAdmin: { ...raw.securityAdmin, mustChangePassword: typist !== 'securityAdmin' },
          auditAdmin: { ...raw.auditAdmin, mustChangePassword: typist !== 'auditAdmin' },
        },
      });
      onDone();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      scrollToFirstError={{ focus: true }}
      initialValues={token === undefined ? {} : { token }}
      onFinish={(raw) => void submit(raw)}
    >
      <Field name={['token']} label={t('setup.token')} help={t('setup.tokenHelp')} />
      <div className="jd-tiles" style={{ marginBottom: 0 }}>
        <Field name={['city', 'name']} label={t('setup.cityName')} example={t('setup.cityNameExample')} />
        <Field
          name={['city', 'code']}
          label={t('setup.cityCode')}
          example="city"
          help={t('setup.cityCodeHelp')}
        />
      </div>
      <Alert type="info" showIcon style={{ marginBottom: 16 }} title={t('setup.threePeople')} />
      {administrators.map((who) => (
        <fieldset key={who} className="jd-fieldset">
          <legend>{t(`setup.${who}`)}</legend>
          <p className="jd-faint" style={{ margin: '0 0 8px' }}>
            {t(`setup.${who}Hint`)}
          </p>
          <div className="jd-fieldset__row">
            <Field name={[who, 'name']} label={t('setup.personName')} />
            <Field name={[who, 'username']} label={t('auth.username')} />
            <Field name={[who, 'password']} label={t('auth.password')} secret />
          </div>
        </fieldset>
      ))}
      <p className="jd-faint">{rule}</p>
      <WhoTypes value={typist} onChange={setTypist} />
      {failure === undefined ? null : <ErrorView error={failure} />}
      <Button type="primary" htmlType="submit" size="large" loading={isBusy} style={{ marginTop: 12 }}>
        {t('setup.submit')}
      </Button>
    </Form>
  );
}

type Typist = (typeof administrators)[number] | 'none';

/** Whoever fills in the form may keep the own password; the two others replace what was typed for them. */
function WhoTypes({ value, onChange }: { value: Typist; onChange: (next: Typist) => void }) {
  const { t } = useTranslation();
  const label = useId();
  return (
    <div style={{ marginBottom: 16 }}>
      <div id={label}>{t('setup.typist')}</div>
      <Radio.Group
        aria-labelledby={label}
        value={value}
        onChange={(event) => onChange(event.target.value as Typist)}
        options={[
          ...administrators.map((who) => ({ value: who, label: t(`setup.${who}`) })),
          { value: 'none', label: t('setup.typistNone') },
        ]}
      />
      <p className="jd-faint" style={{ margin: '4px 0 0' }}>
        {t('setup.typistHint')}
      </p>
    </div>
  );
}

interface FieldProps {
  readonly name: string[];
  readonly label: string;
  readonly help?: string;
  readonly example?: string;
  readonly secret?: boolean;
}

function Field({ name, label, help, example, secret = false }: FieldProps) {
  const given = {
    autoComplete: secret ? 'new-password' : 'off',
    ...(example === undefined ? {} : { placeholder: example }),
  };
  return (
    <Form.Item name={name} label={label} extra={help}>
      {secret ? <Input.Password {...given} /> : <Input {...given} />}
    </Form.Item>
  );
}
