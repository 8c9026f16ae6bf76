import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Modal } from 'antd';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { getFactors, stepUp } from '#auth/contract';
import { QueryView } from '../ui/query-view.tsx';
import { call } from './api.ts';
import { ApiError } from './api-error.ts';
import { ProofForm } from './proof-form.tsx';
import { sessionQuery } from './session.ts';
import { isProofWanted, kindsWanted, onProofWanted, type ProofKind, settleProof } from './step-up-gate.ts';

/** Proving again who is at the keyboard, over the page: the act that asked for it is then repeated by itself. */
export function StepUpDialog() {
  const { t } = useTranslation();
  const isWanted = useSyncExternalStore(onProofWanted, isProofWanted);
  return (
    <Modal
      open={isWanted}
      title={t('security.proveTitle')}
      footer={null}
      destroyOnHidden
      mask={{ closable: false }}
      onCancel={() => settleProof(declined())}
    >
      <p className="jd-faint">{t('security.proveHint')}</p>
      {isWanted ? <Steps /> : null}
    </Modal>
  );
}

function Steps() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const named = kindsWanted();
  const factors = useQuery({
    queryKey: ['my-factors'],
    queryFn: ({ signal }) => call(getFactors, {}, { signal, quietSignIn: true }),
    enabled: named === null,
  });
  const form = (kinds: readonly ProofKind[]) => (
    <ProofForm
      kinds={kinds}
      submitLabel={t('security.prove')}
      onProof={async (proof) => {
        await call(stepUp, { body: proof }, { quietSignIn: true });
        // What the session may do can have grown with the proof.
        await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
        settleProof('proved');
      }}
    />
  );
  if (named !== null) return form(named);
  return (
    <QueryView query={factors}>
      {({ items, recoveryCodesLeft }) =>
        form([...items.map((item) => item.kind), ...(recoveryCodesLeft > 0 ? (['recovery'] as const) : [])])
      }
    </QueryView>
  );
}

function declined(): ApiError {
  return new ApiError(403, 'auth.factor_needed', {
    zh: '没有验证身份，这一步没有执行。',
    en: 'The act was not done, because it was not proved who asks for it.',
  });
}
