import { Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { revealPhone } from '#auth/contract';
import { SchemaForm } from '../ui/schema-form.tsx';
import { call } from './api.ts';
import { useCan } from './session.ts';

interface MaskedPhoneProps {
  readonly personId: string;
  /** As the server shows it: `139****0001`; null when none is on record. */
  readonly masked: string | null;
}

/** A masked number; who may, opens it with a reason. It is shown in the dialog only and gone when that closes. */
export function MaskedPhone({ personId, masked }: MaskedPhoneProps) {
  const { t } = useTranslation();
  const can = useCan();
  const [isOpen, setOpen] = useState(false);
  if (masked === null) return <span>—</span>;
  return (
    <span style={{ whiteSpace: 'nowrap' }}>
      <span className="jd-num">{masked}</span>
      {can('people.reveal') ? (
        <Button
          type="link"
          size="small"
          aria-label={`${t('rights.revealTitle')} ${masked}`}
          onClick={(event) => {
            event.stopPropagation();
            setOpen(true);
          }}
        >
          {t('rights.reveal')}
        </Button>
      ) : null}
      <Modal
        open={isOpen}
        title={t('rights.revealTitle')}
        footer={null}
        destroyOnHidden
        onCancel={() => setOpen(false)}
      >
        {isOpen ? <Reveal personId={personId} onClose={() => setOpen(false)} /> : null}
      </Modal>
    </span>
  );
}

function Reveal({ personId, onClose }: { personId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<{ phone: string; left: number }>();
  if (shown) {
    return (
      <div role="status">
        <p>{t('rights.revealed', { left: shown.left })}</p>
        <p className="jd-num" style={{ fontSize: 24 }}>
          {shown.phone}
        </p>
        <Button onClick={onClose}>{t('action.close')}</Button>
      </div>
    );
  }
  return (
    <SchemaForm
      schema={revealPhone.body!}
      fields={{ reason: { label: t('rights.purpose'), help: t('rights.revealHint'), autoFocus: true } }}
      submitLabel={t('rights.reveal')}
      onCancel={onClose}
      onSubmit={async (body) => setShown(await call(revealPhone, { params: { id: personId }, body }))}
    />
  );
}
