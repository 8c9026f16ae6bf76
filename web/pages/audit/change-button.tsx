import { Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { changedFields } from './changed-fields.ts';

interface ChangeButtonProps {
  readonly before: unknown;
  readonly after: unknown;
  readonly title: string;
}

/** Opens what an audited action changed, field by field. */
export function ChangeButton({ before, after, title }: ChangeButtonProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const isPhone = useNarrowerThan(phoneWidth);
  const changes = changedFields(before, after);
  if (changes.length === 0) return <span className="jd-faint">—</span>;
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {t('audit.show')}
      </Button>
      <Drawer
        open={isOpen}
        onClose={() => setOpen(false)}
        size={isPhone ? '100%' : 640}
        title={title}
        destroyOnHidden
      >
        {changes.map((change) => (
          <section key={change.field} style={{ marginBottom: 16 }}>
            <strong className="jd-mono">{change.field}</strong>
            <div className="jd-faint">{t('audit.before')}</div>
            <pre className="jd-raw">{change.before}</pre>
            <div className="jd-faint">{t('audit.after')}</div>
            <pre className="jd-raw">{change.after}</pre>
          </section>
        ))}
      </Drawer>
    </>
  );
}
