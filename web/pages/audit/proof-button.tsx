import { DownloadOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Descriptions, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getInclusion } from '#audit/contract';
import { call, saveBlob } from '../../app/api.ts';
import { HashText } from '../../ui/hash-text.tsx';
import { dateTime } from '../../ui/moment.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { QueryView } from '../../ui/query-view.tsx';

/** Opens the proof that one entry is in the signed log; it can be saved and checked elsewhere. */
export function ProofButton({ id }: { id: string }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const isPhone = useNarrowerThan(phoneWidth);
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {t('audit.proof')}
      </Button>
      <Drawer
        open={isOpen}
        onClose={() => setOpen(false)}
        size={isPhone ? '100%' : 640}
        title={t('audit.proof')}
        destroyOnHidden
      >
        {isOpen ? <Proof id={id} /> : null}
      </Drawer>
    </>
  );
}

function Proof({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['audit', 'proof', id],
    queryFn: ({ signal }) => call(getInclusion, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={6}>
      {(proof) => (
        <>
          <h3>{t('audit.proofTitle', { index: proof.index })}</h3>
          <p className="jd-soft">{t('audit.proofHint', { size: proof.head.size })}</p>
          <Descriptions
            column={1}
            size="small"
            items={[
              { key: 'leaf', label: t('audit.leaf'), children: <HashText hash={proof.leaf} /> },
              { key: 'root', label: t('audit.root'), children: <HashText hash={proof.head.root} /> },
              { key: 'at', label: t('audit.at'), children: dateTime(proof.head.at) },
            ]}
          />
          <ol className="jd-mono jd-break">
            {proof.proof.map((hash) => (
              <li key={hash}>{hash}</li>
            ))}
          </ol>
          <Button
            icon={<DownloadOutlined aria-hidden="true" />}
            onClick={() =>
              saveBlob(
                new Blob([JSON.stringify(proof, null, 2)], { type: 'application/json' }),
                `audit-proof-${proof.index}.json`,
              )
            }
          >
            {t('audit.proofSave')}
          </Button>
        </>
      )}
    </QueryView>
  );
}
