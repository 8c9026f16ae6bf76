import { DownloadOutlined, EyeOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { checkBag, downloadBag, downloadItem, getBag } from '#evidence/contract';
import { actorText } from '../../app/actor-text.ts';
import { addressOf, call, download, type RouteReply } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { useLanguage } from '../../app/i18n.ts';
import { colon } from '../../app/punctuation.ts';
import { bytesText } from '../../ui/bytes-text.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { HashText } from '../../ui/hash-text.tsx';
import { dateTime } from '../../ui/moment.ts';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { Timeline } from '../../ui/timeline.tsx';

type Bag = RouteReply<typeof getBag>;

/** One bag opened up: picture, items with their hashes, verification and who had it in hand. */
export function EvidenceBag({ id, file }: { id: string; file: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['evidence', id],
    queryFn: ({ signal }) => call(getBag, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={2}>
      {(bag) => (
        <>
          <p className="jd-faint jd-num" style={{ fontSize: 13 }}>
            {t('incidents.bagOf', { number: bag.number, items: bag.items })} · {t('incidents.sealed')}{' '}
            {dateTime(bag.sealedAt)} · {actorText(bag.sealedBy, t)} · {bytesText(bag.bytes)}
          </p>
          {bag.incomplete.length > 0 ? (
            <p>
              <StatusTag tone="warn">{t('incidents.incomplete', { count: bag.incomplete.length })}</StatusTag>
            </p>
          ) : null}
          <BagActions bag={bag} file={file} />
          <Pictures bag={bag} />
          <details>
            <summary>{t('incidents.contents')}</summary>
            <Contents bag={bag} />
          </details>
          <details>
            <summary>{t('incidents.custody')}</summary>
            <Custody bag={bag} />
          </details>
        </>
      )}
    </QueryView>
  );
}

function BagActions({ bag, file }: { bag: Bag; file: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const refresh = () => client.invalidateQueries({ queryKey: ['evidence', bag.id] });
  const verify = useMutation({
    mutationFn: () => call(checkBag, { params: { id: bag.id } }),
    onSuccess: refresh,
  });
  const save = useMutation({
    mutationFn: () => download(downloadBag, { params: { id: bag.id } }, file),
    onSuccess: refresh,
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <div style={{ margin: '8px 0' }}>
      <Space wrap>
        <Button
          size="small"
          icon={<SafetyCertificateOutlined aria-hidden="true" />}
          loading={verify.isPending}
          onClick={() => verify.mutate()}
        >
          {t('incidents.verifyBag')}
        </Button>
        <Button
          size="small"
          icon={<DownloadOutlined aria-hidden="true" />}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          {t('incidents.saveBag')}
        </Button>
      </Space>
      <div aria-live="polite" style={{ marginTop: verify.isIdle ? 0 : 8 }}>
        {verify.isError ? <ErrorView error={verify.error} /> : null}
        {verify.data ? <Verified result={verify.data} /> : null}
      </div>
    </div>
  );
}

const verified = {
  pass: { type: 'success', word: 'incidents.verifyPass' },
  incomplete: { type: 'warning', word: 'incidents.verifyIncomplete' },
  fail: { type: 'error', word: 'incidents.verifyFail' },
} as const;

function Verified({ result }: { result: RouteReply<typeof checkBag> }) {
  const { t } = useTranslation();
  const { type, word } = verified[result.result];
  return (
    <Alert
      showIcon
      type={type}
      title={t(word)}
      description={
        result.problems.length === 0 ? null : (
          <ul style={{ margin: 0, paddingInlineStart: 18 }}>
            {result.problems.map(({ item, problem }) => (
              <li key={`${item}${problem}`} className="jd-break">
                <span className="jd-mono">{item}</span>
                {colon()}
                {problem}
              </li>
            ))}
          </ul>
        )
      }
    />
  );
}

/** Looking at a picture is recorded in the bag's custody, so it is fetched when a person asks for it. */
function Pictures({ bag }: { bag: Bag }) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  const pictures = bag.contents.filter((item) => item.path.endsWith('.png'));
  if (pictures.length === 0) return null;
  if (!isShown) {
    return (
      <Button
        size="small"
        icon={<EyeOutlined aria-hidden="true" />}
        style={{ marginBottom: 8 }}
        onClick={() => setShown(true)}
      >
        {t('incidents.screenshot')}
      </Button>
    );
  }
  return pictures.map((item) => {
    const address = addressOf(downloadItem, { params: { id: bag.id, seq: item.seq } });
    return (
      <a key={item.seq} href={address} target="_blank" rel="noreferrer" title={t('incidents.shotOpen')}>
        <img className="jd-shot" src={address} alt={`${t('incidents.screenshot')}${colon()}${item.source}`} />
      </a>
    );
  });
}

function Contents({ bag }: { bag: Bag }) {
  const { t } = useTranslation();
  return (
    <DataTable
      size="small"
      rowKey="seq"
      dataSource={bag.contents}
      pagination={{ pageSize: 10, hideOnSinglePage: true, showSizeChanger: false, size: 'small' }}
      columns={[
        {
          title: t('incidents.item'),
          render: (_value, item) => (
            <a
              className="jd-mono"
              href={addressOf(downloadItem, { params: { id: bag.id, seq: item.seq } })}
              download
            >
              {item.path.replace(/^items\//, '')}
            </a>
          ),
        },
        { title: 'SHA-256', render: (_value, item) => <HashText hash={item.sha256} /> },
        {
          title: t('incidents.size'),
          render: (_value, item) => <span className="jd-num">{bytesText(item.bytes)}</span>,
        },
        {
          title: t('incidents.source'),
          render: (_value, item) => (
            <span className="jd-break" style={{ display: 'inline-block', maxWidth: 320 }}>
              {item.source}
            </span>
          ),
        },
      ]}
    />
  );
}

function Custody({ bag }: { bag: Bag }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <div style={{ padding: '10px 0' }}>
      <Timeline
        items={bag.custody.map((event, index) => ({
          key: `${event.at}${index}`,
          at: event.at,
          tone: event.act === 'sealed' ? 'ok' : 'neutral',
          title: `${words('custodyAct', event.act)} · ${actorText(event.by, t)}`,
          body: event.detail,
        }))}
      />
    </div>
  );
}
