import { BellOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Badge, Button, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listMessages, readMessage } from '#notify/contract';
import { dateMinute } from '../ui/moment.ts';
import { StatusTag } from '../ui/status-tag.tsx';
import { call } from './api.ts';
import { useLiveEvents } from './live-events.ts';
import { MessageLink } from './message-link.tsx';

/** The latest unread messages, kept fresh by live events. */
export function MessageBell() {
  const { t } = useTranslation();
  const isLive = useLiveEvents();
  const [isOpen, setOpen] = useState(false);
  const { data } = useQuery({
    queryKey: ['messages', 'bell'],
    queryFn: ({ signal }) => call(listMessages, { query: { unread: 'true', pageSize: 5 } }, { signal }),
    refetchInterval: 60_000,
  });
  const unread = data?.unread ?? 0;
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      open={isOpen}
      onOpenChange={setOpen}
      title={t('bell.title')}
      content={
        <div style={{ width: 'min(340px, 80vw)' }}>
          <BellList items={data?.items ?? []} onLeave={() => setOpen(false)} />
          <div style={{ display: 'flex', justifyContent: 'space-between', marginTop: 10 }}>
            <Link to="/messages" onClick={() => setOpen(false)}>
              {t('bell.all')}
            </Link>
            <span className="jd-faint" style={{ fontSize: 12 }}>
              {isLive ? t('bell.live') : t('bell.notLive')}
            </span>
          </div>
        </div>
      }
    >
      <Button type="text" aria-label={t('bell.label', { count: unread })}>
        <Badge count={unread} size="small" overflowCount={99}>
          <BellOutlined style={{ fontSize: 18 }} />
        </Badge>
      </Button>
    </Popover>
  );
}

function BellList({ items, onLeave }: { items: readonly BellItem[]; onLeave: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const read = useMutation({
    mutationFn: (id: string) => call(readMessage, { params: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['messages'] }),
  });
  if (items.length === 0) return <p className="jd-faint">{t('bell.empty')}</p>;
  return (
    <ul className="jd-todo">
      {items.map((item) => (
        <li key={item.id} className="jd-todo__item">
          <div className="jd-todo__words">
            <MessageLink
              item={item}
              onOpen={() => {
                read.mutate(item.id);
                onLeave();
              }}
            />
            <div className="jd-faint jd-num" style={{ fontSize: 12 }}>
              {dateMinute(item.at)}{' '}
              {item.urgent ? <StatusTag tone="danger">{t('messages.urgent')}</StatusTag> : null}
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}

interface BellItem {
  readonly id: string;
  readonly at: string;
  readonly subject: string;
  readonly link: string | null;
  readonly urgent: boolean;
}
