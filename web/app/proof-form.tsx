import { KeyOutlined } from '@ant-design/icons';
import { Button, Divider } from 'antd';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { ErrorView } from '../ui/error-view.tsx';
import { SchemaForm } from '../ui/schema-form.tsx';
import { askPasskey, canUsePasskeys } from './passkeys.ts';
import type { ProofKind } from './step-up-gate.ts';

export interface Proof {
  readonly code?: string;
  readonly password?: string;
  readonly passkey?: { state: string; response: never };
}

interface ProofFormProps {
  readonly kinds: readonly ProofKind[];
  /** The second step of a sign-in; without it the signed-in person proves again. */
  readonly ticket?: string;
  readonly submitLabel: string;
  readonly onProof: (proof: Proof) => Promise<void>;
}

const codeSchema = z.object({
  code: z
    .string()
    .trim()
    .min(6, '动态码是 6 位数字，恢复码是 16 位 / 6 digits, or a recovery code of 16 letters'),
});
const passwordSchema = z.object({ password: z.string().min(1) });

/** Proving who one is: a code of the app, a recovery code, a passkey, or (without any factor) the password. */
export function ProofForm({ kinds, ticket, submitLabel, onProof }: ProofFormProps) {
  const { t } = useTranslation();
  const has = (kind: ProofKind) => kinds.includes(kind);
  if (has('password')) {
    return (
      <SchemaForm
        schema={passwordSchema}
        fields={{ password: { label: t('auth.password'), widget: 'password', autoFocus: true } }}
        submitLabel={submitLabel}
        onSubmit={onProof}
      />
    );
  }
  const hasPasskey = has('passkey') && canUsePasskeys();
  const hasCode = has('totp') || has('recovery');
  return (
    <>
      {hasPasskey ? <PasskeyButton {...(ticket === undefined ? {} : { ticket })} onProof={onProof} /> : null}
      {has('passkey') && !hasPasskey ? <p className="jd-faint">{t('security.passkeyElsewhere')}</p> : null}
      {hasPasskey && hasCode ? <Divider plain>{t('security.or')}</Divider> : null}
      {hasCode ? (
        <SchemaForm
          schema={codeSchema}
          fields={{
            code: {
              ...codeWords(has, t),
              autoComplete: 'one-time-code',
              autoFocus: !hasPasskey,
            },
          }}
          submitLabel={submitLabel}
          onSubmit={onProof}
        />
      ) : null}
    </>
  );
}

/** Only what is asked for: who has no recovery codes left must not look for one. */
function codeWords(has: (kind: ProofKind) => boolean, t: TFunction): { label: string; help: string } {
  if (!has('totp')) return { label: t('security.recoveryCode'), help: t('security.recoveryHelp') };
  if (!has('recovery')) return { label: t('security.appCode'), help: t('security.addCodeHelp') };
  return { label: t('security.code'), help: t('security.codeHelp') };
}

interface PasskeyButtonProps {
  readonly ticket?: string;
  readonly onProof: (proof: Proof) => Promise<void>;
}

function PasskeyButton({ ticket, onProof }: PasskeyButtonProps) {
  const { t } = useTranslation();
  const [failure, setFailure] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);

  async function ask() {
    setFailure(undefined);
    setBusy(true);
    try {
      await onProof({ passkey: await askPasskey(ticket) });
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Button
        block
        size="large"
        icon={<KeyOutlined aria-hidden="true" />}
        loading={isBusy}
        onClick={() => void ask()}
      >
        {t('security.usePasskey')}
      </Button>
      {failure === undefined ? null : (
        <div style={{ marginTop: 12 }}>
          <ErrorView error={failure} />
        </div>
      )}
    </>
  );
}
